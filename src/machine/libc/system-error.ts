import { constants } from "node:os";
import { lastErrno } from "./library.ts";

const names = new Map(Object.entries(constants.errno).map(([name, number]) => [number, name]));
// Where one number has two names, the usual one of Linux.
names.set(11, "EAGAIN");
names.set(95, "EOPNOTSUPP");

/** `2` -> `ENOENT`; numbers that Linux has not named give `E<number>`. */
export function errnoName(errno: number): string {
  return names.get(errno) ?? `E${errno}`;
}

/** A system call that failed: which one, with which `errno`, on what. */
export class SystemError extends Error {
  override readonly name: string = "SystemError";
  /** The symbolic errno, such as `EPERM`. */
  readonly code: string;
  readonly errno: number;
  /** The name of the C function. */
  readonly call: string;

  constructor(call: string, errno: number, subject = "") {
    super(`${call}${subject === "" ? "" : ` ${subject}`}: ${errnoName(errno)}`);
    this.call = call;
    this.errno = errno;
    this.code = errnoName(errno);
  }
}

/** Passes a non-negative result on. @throws SystemError for a negative one, with the errno of the call just made. */
export function checked(call: string, result: number, subject = ""): number {
  if (result < 0) {
    throw new SystemError(call, lastErrno(), subject);
  }
  return result;
}

/** Whether an unknown thrown value is a failed system call with this symbolic errno. */
export function isSystemError(error: unknown, code: string): error is SystemError {
  return error instanceof SystemError && error.code === code;
}
