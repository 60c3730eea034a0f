import { setTimeout as pause } from "node:timers/promises";
import type { Milliseconds } from "../../units/milliseconds.ts";
import { closeFile, openFile, openFlags } from "../libc/files.ts";
import { isSystemError } from "../libc/system-error.ts";
import { namespacePath } from "../netns/handles.ts";
import { deleteNamespaces, openAnonymousNamespace } from "../netns/named.ts";
import { eventGroup, eventType, NetlinkEvents } from "./events.ts";
import { createVeth, deleteLink } from "./links.ts";
import { assignNamespaceId, countNamespaceIds } from "./namespace-ids.ts";
import { NetlinkSocket } from "./socket.ts";

const watcherLink = "lab-watcher";

/** A namespace that watches others end: a socket to act in it, and what the kernel tells it. */
type Watcher = {
  readonly namespace: number;
  readonly socket: NetlinkSocket;
  readonly events: NetlinkEvents;
};

/**
 * Deletes named namespaces and waits until the kernel has taken them apart: no device, address or socket of theirs is
 * left anywhere, and a peer in another namespace is gone too.
 *
 * Returns how many still live when `within` is over: then a process, socket or descriptor holds them.
 *
 * How it knows: a watching namespace numbers those to be deleted and has a link to the last of them, the canary. The
 * kernel takes namespaces apart one batch after the other; it drops the numbers of a batch first, then deletes all its
 * devices, and tells the watcher of both in that order. So when the canary's link goes and all numbers have gone before,
 * every namespace was in the canary's batch or one before it, and its devices are gone.
 */
export async function releaseNamespaces(
  names: readonly string[],
  within: Milliseconds,
): Promise<number> {
  const deadline = performance.now() + within;
  const namespace = openAnonymousNamespace();
  try {
    using socket = new NetlinkSocket(namespace);
    using events = new NetlinkEvents(namespace, eventGroup.link | eventGroup.namespaceId);
    const watcher = { namespace, socket, events };
    // What others hang on was made first and has the most devices; the first batch should be a short one.
    const lastFirst = names.toReversed();
    const descriptors = openNamed(lastFirst);
    const last = number(socket, descriptors).at(-1);
    if (last !== undefined) linkTo(watcher, last);
    const numbers = countNamespaceIds(socket);
    deleteNamespaces(lastFirst);
    // Only now, and together: each batch takes the kernel some thirty milliseconds, however small it is.
    for (const fd of descriptors) closeFile(fd);
    if (last === undefined || (await survivorsOf(watcher, numbers, deadline)) === 0) return 0;
    // Others went after it. A canary that begins when all are on their way is in a later batch than any of them.
    const left = await untilNone(socket, deadline);
    if (left === 0) await sendCanary(watcher, deadline);
    return left;
  } finally {
    closeFile(namespace);
  }
}

/** Makes a namespace with a link to the watcher, drops it and waits until its devices are gone. */
async function sendCanary(watcher: Watcher, deadline: number): Promise<void> {
  const canary = openAnonymousNamespace();
  linkTo(watcher, canary);
  closeFile(canary);
  await survivorsOf(watcher, 0, deadline);
}

function linkTo({ namespace, socket }: Watcher, other: number): void {
  socket.apply([
    createVeth({ name: watcherLink, namespace }, { name: "lab-canary", namespace: other }),
  ]);
}

/** Waits until the link to the canary is gone; how many of the `numbers` had not gone before. */
async function survivorsOf(
  { socket, events }: Watcher,
  numbers: number,
  deadline: number,
): Promise<number> {
  let left = numbers;
  while (performance.now() < deadline) {
    const types = events.take();
    if (types === undefined) return left;
    const link = types.indexOf(eventType.linkGone);
    const before = link < 0 ? types : types.slice(0, link);
    left -= before.filter((type) => type === eventType.namespaceIdGone).length;
    if (link >= 0) {
      // Whoever wants to delete a link waits until the kernel is done with those that it deletes.
      socket.attempt([deleteLink(watcherLink)]);
      return left;
    }
    await pause(2);
  }
  return left;
}

/** Descriptors that keep the namespaces alive. */
function openNamed(names: readonly string[]): readonly number[] {
  return names.flatMap((name) => {
    try {
      return [openFile(namespacePath(name), openFlags.readOnly)];
    } catch (error) {
      if (isSystemError(error, "ENOENT")) return [];
      throw error;
    }
  });
}

/** Numbers namespaces; returns the descriptors that are of one. */
function number(socket: NetlinkSocket, descriptors: readonly number[]): readonly number[] {
  const errors = socket.attempt(descriptors.map(assignNamespaceId));
  return descriptors.filter((_, position) => {
    const error = errors[position];
    // EEXIST: two names of one namespace.
    if (error === undefined || error.code === "EEXIST") return true;
    // EINVAL: a left-over file without a namespace on it.
    if (error.code === "EINVAL") return false;
    throw error;
  });
}

async function untilNone(socket: NetlinkSocket, deadline: number): Promise<number> {
  for (;;) {
    const left = countNamespaceIds(socket);
    if (left === 0 || performance.now() >= deadline) return left;
    await pause(left > 50 ? 10 : 2);
  }
}
