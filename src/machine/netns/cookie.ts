import { closeFile, openFile, openFlags } from "../libc/files.ts";
import { addressFamily, getOption, openSocket, socketType } from "../libc/sockets.ts";
import { isSystemError } from "../libc/system-error.ts";
import { inNamespace } from "./enter.ts";
import { type Namespace, namespacePath } from "./handles.ts";

const level = 1;
/** SO_NETNS_COOKIE, Linux 5.14. */
const cookieOption = 71;

/**
 * The number by which the kernel tells network namespaces apart: given once and never again until the next boot, whereas
 * the inode of a namespace that has ended goes to the very next one. Undefined when there is no such namespace, or only
 * the file that a kill left of one.
 */
export function namespaceCookie(namespace: Namespace): string | undefined {
  try {
    if (typeof namespace === "number") return inNamespace(namespace, readCookie);
    // Nothing that would keep the namespace alive is remembered of it.
    const fd = openFile(namespacePath(namespace), openFlags.readOnly);
    try {
      return inNamespace(fd, readCookie);
    } finally {
      closeFile(fd);
    }
  } catch (error) {
    if (isSystemError(error, "ENOENT") || isSystemError(error, "EINVAL")) return undefined;
    throw error;
  }
}

function readCookie(): string {
  const socket = openSocket(addressFamily.netlink, socketType.raw, 0);
  try {
    const bytes = getOption(socket, level, cookieOption, 8, "SO_NETNS_COOKIE");
    return String(new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true));
  } finally {
    closeFile(socket);
  }
}
