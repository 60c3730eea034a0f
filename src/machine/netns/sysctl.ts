import { closeFile, openFile, openFlags, readFile, writeFile } from "../libc/files.ts";
import { inNamespace } from "./enter.ts";
import type { Namespace } from "./handles.ts";

/**
 * Sets a network setting of one namespace. `key` is dotted below `net`: `ipv4.ip_forward`, `bridge.bridge-nf-call-iptables`.
 *
 * `/proc/sys/net` shows the namespace of the thread that looks up the path. @throws SystemError ENOENT when this kernel
 * has no such setting; RangeError for a key that is no such name.
 */
export function writeSysctl(namespace: Namespace, key: string, value: string | number): void {
  const path = sysctlPath(key);
  inNamespace(namespace, () => {
    const fd = openFile(path, openFlags.writeOnly);
    try {
      writeFile(fd, new TextEncoder().encode(`${value}\n`));
    } finally {
      closeFile(fd);
    }
  });
}

/** The value of a network setting of one namespace, without the line end. @throws SystemError ENOENT */
export function readSysctl(namespace: Namespace, key: string): string {
  const path = sysctlPath(key);
  return inNamespace(namespace, () => {
    const fd = openFile(path, openFlags.readOnly);
    try {
      const bytes = new Uint8Array(4096);
      return new TextDecoder().decode(bytes.subarray(0, readFile(fd, bytes))).trimEnd();
    } finally {
      closeFile(fd);
    }
  });
}

/** Dots separate directories; a dot within an interface name is written as a slash, as sysctl(8) does. */
function sysctlPath(key: string): string {
  if (!/^[A-Za-z0-9_\-./@:]+$/.test(key) || /\.\.|\/\//.test(key) || key.startsWith("/")) {
    throw new RangeError(`"${key}" is no network setting such as ipv4.ip_forward`);
  }
  const swapped = key.replace(/[./]/g, (separator) => (separator === "." ? "/" : "."));
  return `/proc/sys/net/${swapped}`;
}
