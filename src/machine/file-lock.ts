import {
  fstatSync,
  ftruncateSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { closeFile, openFile, openFlags } from "./libc/files.ts";
import { lastErrno, libcFunction } from "./libc/library.ts";
import { SystemError } from "./libc/system-error.ts";

const nativeFlock = libcFunction("flock", ["int", "int"]);
const exclusiveNonBlocking = 2 | 4;
const wouldBlock = 11;

/** Who holds a lock, as written by the holder: a sentence for people. */
export type LockHolder = { readonly pid: number; readonly command: string; readonly since: string };

/** A lock that is held; the kernel gives it up when this process ends, however it ends. */
export class FileLock implements Disposable {
  readonly #fd: number;
  readonly #path: string;

  private constructor(fd: number, path: string) {
    this.#fd = fd;
    this.#path = path;
  }

  /**
   * Takes the lock or says at once who holds it (undefined fields never; a holder that has not written yet has pid 0).
   * @throws SystemError when the file cannot be made.
   */
  static take(path: string, me: LockHolder): FileLock | LockHolder {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const fd = openFile(path, openFlags.readWrite | openFlags.create, 0o600);
    if (nativeFlock(fd, exclusiveNonBlocking) < 0) {
      const errno = lastErrno();
      closeFile(fd);
      if (errno !== wouldBlock) throw new SystemError("flock", errno, path);
      return readHolder(path);
    }
    if (statSync(path, { throwIfNoEntry: false })?.ino !== fstatSync(fd).ino) {
      // Its holder removed the file between our opening and our locking it: that lock locks nothing.
      closeFile(fd);
      return FileLock.take(path, me);
    }
    ftruncateSync(fd);
    writeSync(fd, JSON.stringify(me), 0);
    return new FileLock(fd, path);
  }

  /** Removes the file, while it is held: for a lock whose subject is gone. The second time it may be another's. */
  remove(): void {
    const isOurs = statSync(this.#path, { throwIfNoEntry: false })?.ino === fstatSync(this.#fd).ino;
    if (isOurs) rmSync(this.#path, { force: true });
  }

  [Symbol.dispose](): void {
    closeFile(this.#fd);
  }
}

function readHolder(path: string): LockHolder {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as LockHolder;
  } catch {
    return { pid: 0, command: "another command", since: "just now" };
  }
}
