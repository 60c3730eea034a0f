import { libcFunction } from "./library.ts";
import { pinnedMemory, viewOf } from "./memory.ts";
import { checked } from "./system-error.ts";

const nativeCreate = libcFunction("epoll_create1", ["int"]);
const nativeControl = libcFunction("epoll_ctl", ["int", "int", "int", "void *"]);
const nativeWait = libcFunction("epoll_wait", ["int", "void *", "int", "int"]);

const closeOnExec = 0o2_000_000;
const operation = { add: 1, remove: 2, change: 3 } as const;
// x86-64 alone packs `struct epoll_event`, for the sake of its 32-bit programs.
const eventSize = process.arch === "x64" ? 12 : 16;
const dataOffset = eventSize - 8;

/** EPOLL* bits. Error and hang-up are always reported. */
export const epollEvent = { readable: 0x1, writable: 0x4, error: 0x8, hangUp: 0x10 } as const;

/** @throws SystemError */
export function openEpoll(): number {
  return checked("epoll_create1", nativeCreate(closeOnExec));
}

/** Starts watching a descriptor. @throws SystemError EEXIST when it is watched already. */
export function addToEpoll(epoll: number, fd: number, events: number): void {
  checked("epoll_ctl", nativeControl(epoll, operation.add, fd, event(events, fd)), "add");
}

/** Changes what a watched descriptor is watched for. @throws SystemError ENOENT */
export function changeInEpoll(epoll: number, fd: number, events: number): void {
  checked("epoll_ctl", nativeControl(epoll, operation.change, fd, event(events, fd)), "change");
}

/** Stops watching a descriptor; it must still be open. @throws SystemError ENOENT */
export function removeFromEpoll(epoll: number, fd: number): void {
  checked("epoll_ctl", nativeControl(epoll, operation.remove, fd, event(0, fd)), "remove");
}

function event(events: number, fd: number): Uint8Array {
  const bytes = pinnedMemory(eventSize);
  const view = viewOf(bytes);
  view.setUint32(0, events, true);
  view.setInt32(dataOffset, fd, true);
  return bytes;
}

const capacity = 256;
const ready = pinnedMemory(capacity * eventSize);
const readyView = viewOf(ready);

/** Calls `onReady(fd, events)` for up to 256 descriptors that are ready now; does not wait. Returns how many. */
export function pollEpoll(epoll: number, onReady: (fd: number, events: number) => void): number {
  const count = checked("epoll_wait", nativeWait(epoll, ready, capacity, 0));
  // Copied first: a callback may poll again.
  const found = Array.from({ length: count }, (_, index) => ({
    fd: readyView.getInt32(index * eventSize + dataOffset, true),
    events: readyView.getUint32(index * eventSize, true),
  }));
  for (const { fd, events } of found) {
    onReady(fd, events);
  }
  return count;
}
