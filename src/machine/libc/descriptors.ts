import { libcFunction } from "./library.ts";

const nativeFcntl = libcFunction("fcntl", ["int", "int", "long"]);
const nativeClose = libcFunction("close", ["int"]);
const duplicateCloseOnExec = 1030;

/** Descriptors from here on cannot be used with select(2). */
export const selectLimit = 1024;

/**
 * Gives a descriptor a number above those that select(2) can handle, and returns it.
 *
 * libnftables waits with select and aborts the process when its own descriptor is above 1023: a process that holds a
 * thousand sockets must leave the low numbers to it. Where the limit on descriptors allows no higher one, it stays.
 */
export function moveHigh(fd: number): number {
  if (fd >= selectLimit) {
    return fd;
  }
  const high = nativeFcntl(fd, duplicateCloseOnExec, selectLimit);
  if (high < 0) {
    return fd;
  }
  nativeClose(fd);
  return high;
}
