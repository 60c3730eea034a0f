import { fstatSync } from "node:fs";
import { closeFile } from "../libc/files.ts";
import { libcFunction } from "../libc/library.ts";
import { checked } from "../libc/system-error.ts";

const nativeIoctl = libcFunction("ioctl", ["int", "ulong", "long"]);
const getSocketNamespace = 0x894c;

/** The inode of the network namespace a socket belongs to (SIOCGSKNS), wherever the thread is. @throws SystemError */
export function socketNamespaceInode(fd: number): number {
  const namespace = checked("ioctl", nativeIoctl(fd, getSocketNamespace, 0), "SIOCGSKNS");
  try {
    return fstatSync(namespace).ino;
  } finally {
    closeFile(namespace);
  }
}
