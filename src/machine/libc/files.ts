import { close } from "node:fs";
import { libcFunction } from "./library.ts";
import { checked } from "./system-error.ts";

const nativeOpen = libcFunction("open", ["str", "int", "uint"]);
const nativeClose = libcFunction("close", ["int"]);
const nativeRead = libcFunction("read", ["int", "void *", "size_t"], "int64");
const nativeWrite = libcFunction("write", ["int", "void *", "size_t"], "int64");
const nativeIoctl = libcFunction("ioctl", ["int", "ulong", "void *"]);

/** Flags of open(2), as on every Linux architecture that Node supports (asm-generic). */
export const openFlags = {
  readOnly: 0,
  writeOnly: 1,
  readWrite: 2,
  create: 0o100,
  exclusive: 0o200,
  truncate: 0o1000,
  nonBlocking: 0o4000,
  closeOnExec: 0o2_000_000,
} as const;

/** open(2), always close-on-exec. Returns the descriptor. @throws SystemError */
export function openFile(path: string, flags: number, mode = 0): number {
  return checked("open", nativeOpen(path, flags | openFlags.closeOnExec, mode), path);
}

/** close(2). @throws SystemError for a descriptor that is not open. */
export function closeFile(fd: number): void {
  checked("close", nativeClose(fd));
}

/**
 * close(2) on another thread. A packet socket's takes 5 to 30 ms, for it waits until no processor uses it any more; many
 * of them at once wait together.
 */
export function closeFileElsewhere(fd: number): Promise<void> {
  return new Promise((resolve, reject) => {
    close(fd, (error) => (error === null ? resolve() : reject(error)));
  });
}

/** read(2) into `into`; returns the number of bytes, 0 at the end. @throws SystemError */
export function readFile(fd: number, into: Uint8Array): number {
  return checked("read", nativeRead(fd, into, into.length));
}

/** write(2); returns the number of bytes written. @throws SystemError */
export function writeFile(fd: number, bytes: Uint8Array): number {
  return checked("write", nativeWrite(fd, bytes, bytes.length));
}

/** ioctl(2) with a pointer argument. `subject` names the request in the error. @throws SystemError */
export function controlDevice(fd: number, request: number, data: Uint8Array, subject = ""): number {
  return checked("ioctl", nativeIoctl(fd, request, data), subject);
}
