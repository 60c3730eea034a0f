import { setTimeout as pause } from "node:timers/promises";
import type { Milliseconds } from "../../units/milliseconds.ts";
import { closeFile, openFile, openFlags } from "../libc/files.ts";
import { isSystemError } from "../libc/system-error.ts";
import { namespacePath } from "../netns/handles.ts";
import { deleteNamespaces, openAnonymousNamespace } from "../netns/named.ts";
import { assignNamespaceId, countNamespaceIds } from "./namespace-ids.ts";
import { NetlinkSocket } from "./socket.ts";

/**
 * Deletes named namespaces and waits until the kernel has taken them apart: no device, address or socket of theirs is
 * left anywhere, and a peer in another namespace is gone too. Without names it waits for those that are going already.
 *
 * Returns how many still live when `within` is over: then a process, socket or descriptor holds them.
 *
 * How it knows: a watching namespace numbers those to be deleted. The kernel drops a number when it begins to take a
 * namespace apart, one batch after the other. So once the numbers are gone, one more namespace is made and dropped:
 * when its number goes, the batch before it is done.
 */
export async function releaseNamespaces(
  names: readonly string[],
  within: Milliseconds,
): Promise<number> {
  const deadline = performance.now() + within;
  const watcher = openAnonymousNamespace();
  try {
    using socket = new NetlinkSocket(watcher);
    for (const name of names) {
      numberNamed(socket, name);
    }
    deleteNamespaces(names);
    const left = await untilNone(socket, deadline);
    if (left > 0) {
      return left;
    }
    number(socket, openAnonymousNamespace());
    await untilNone(socket, deadline);
    return 0;
  } finally {
    closeFile(watcher);
  }
}

function numberNamed(socket: NetlinkSocket, name: string): void {
  let fd: number;
  try {
    fd = openFile(namespacePath(name), openFlags.readOnly);
  } catch (error) {
    if (isSystemError(error, "ENOENT")) {
      return;
    }
    throw error;
  }
  number(socket, fd);
}

/** Numbers a namespace and closes its descriptor. */
function number(socket: NetlinkSocket, fd: number): void {
  const [error] = socket.attempt([assignNamespaceId(fd)]);
  closeFile(fd);
  // EINVAL: a left-over file without a namespace on it. EEXIST: two names of one namespace.
  if (error !== undefined && error.code !== "EINVAL" && error.code !== "EEXIST") {
    throw error;
  }
}

async function untilNone(socket: NetlinkSocket, deadline: number): Promise<number> {
  for (;;) {
    const left = countNamespaceIds(socket);
    if (left === 0 || performance.now() >= deadline) {
      return left;
    }
    await pause(left > 50 ? 20 : 2);
  }
}
