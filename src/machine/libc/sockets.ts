import { moveHigh } from "./descriptors.ts";
import { closeFile } from "./files.ts";
import { lastErrno, libcFunction } from "./library.ts";
import { pinnedMemory, viewOf } from "./memory.ts";
import { checked, SystemError } from "./system-error.ts";

const nativeSocket = libcFunction("socket", ["int", "int", "int"]);
const nativeBind = libcFunction("bind", ["int", "void *", "uint"]);
const nativeConnect = libcFunction("connect", ["int", "void *", "uint"]);
const nativeListen = libcFunction("listen", ["int", "int"]);
const nativeAccept = libcFunction("accept4", ["int", "void *", "void *", "int"]);
const nativeShutdown = libcFunction("shutdown", ["int", "int"]);
const nativeSendto = libcFunction(
  "sendto",
  ["int", "void *", "size_t", "int", "void *", "uint"],
  "int64",
);
const nativeRecvfrom = libcFunction(
  "recvfrom",
  ["int", "void *", "size_t", "int", "void *", "void *"],
  "int64",
);
const nativeSetsockopt = libcFunction("setsockopt", ["int", "int", "int", "void *", "uint"]);
const nativeGetsockopt = libcFunction("getsockopt", ["int", "int", "int", "void *", "void *"]);
const nativeGetsockname = libcFunction("getsockname", ["int", "void *", "void *"]);

export const addressFamily = { inet: 2, inet6: 10, netlink: 16, packet: 17, bridge: 7 } as const;
export const socketType = {
  stream: 1,
  datagram: 2,
  raw: 3,
  nonBlocking: 0o4000,
  closeOnExec: 0o2_000_000,
} as const;
export const messageFlags = {
  peek: 0x2,
  truncate: 0x20,
  dontWait: 0x40,
  errorQueue: 0x2000,
  noSignal: 0x4000,
} as const;

/** EAGAIN and EINPROGRESS: the answer of a non-blocking call that has to be asked again later. */
const again = 11;
const inProgress = 115;
const interrupted = 4;

/** socket(2), always close-on-exec. Returns the descriptor. @throws SystemError */
export function openSocket(family: number, type: number, protocol: number): number {
  return moveHigh(checked("socket", nativeSocket(family, type | socketType.closeOnExec, protocol)));
}

/** Sets a new descriptor up and returns it; closes it when that fails. */
export function configured(fd: number, setUp: (fd: number) => void): number {
  try {
    setUp(fd);
    return fd;
  } catch (error) {
    closeFile(fd);
    throw error;
  }
}

/** @throws SystemError */
export function bindSocket(fd: number, address: Uint8Array, subject = ""): void {
  checked("bind", nativeBind(fd, address, address.length), subject);
}

/** Starts or completes a connection; false while it is in progress. @throws SystemError */
export function connectSocket(fd: number, address: Uint8Array, subject = ""): boolean {
  if (nativeConnect(fd, address, address.length) === 0) {
    return true;
  }
  const errno = lastErrno();
  if (errno === inProgress || errno === again) {
    return false;
  }
  throw new SystemError("connect", errno, subject);
}

/** @throws SystemError */
export function listenSocket(fd: number, backlog: number): void {
  checked("listen", nativeListen(fd, backlog));
}

/** Takes one waiting connection as a non-blocking descriptor; undefined when none waits. @throws SystemError */
export function acceptSocket(
  fd: number,
): { readonly fd: number; readonly address: Uint8Array } | undefined {
  const address = pinnedMemory(128);
  const length = pinnedMemory(4);
  viewOf(length).setUint32(0, address.length, true);
  const result = nativeAccept(fd, address, length, socketType.nonBlocking | socketType.closeOnExec);
  if (result >= 0) {
    return {
      fd: moveHigh(result),
      address: address.subarray(0, viewOf(length).getUint32(0, true)),
    };
  }
  return failOrAgain("accept4");
}

/** Ends one direction (0 receive, 1 send, 2 both). @throws SystemError */
export function shutdownSocket(fd: number, direction: 0 | 1 | 2): void {
  checked("shutdown", nativeShutdown(fd, direction));
}

/** sendto(2); undefined when a non-blocking socket cannot take the bytes now. @throws SystemError */
export function sendTo(
  fd: number,
  bytes: Uint8Array,
  flags = 0,
  address: Uint8Array | null = null,
): number | undefined {
  for (;;) {
    const sent = nativeSendto(fd, bytes, bytes.length, flags, address, address?.length ?? 0);
    if (sent >= 0) {
      return sent;
    }
    if (lastErrno() !== interrupted) {
      return failOrAgain("sendto");
    }
  }
}

/** recvfrom(2) without the address; undefined when nothing waits on a non-blocking call. @throws SystemError */
export function receive(fd: number, into: Uint8Array, flags = 0): number | undefined {
  for (;;) {
    const received = nativeRecvfrom(fd, into, into.length, flags, null, null);
    if (received >= 0) {
      return received;
    }
    if (lastErrno() !== interrupted) {
      return failOrAgain("recvfrom");
    }
  }
}

/** recvfrom(2) with the sender's raw address; undefined when nothing waits. @throws SystemError */
export function receiveFrom(
  fd: number,
  into: Uint8Array,
  flags = 0,
): { readonly length: number; readonly address: Uint8Array } | undefined {
  const address = pinnedMemory(128);
  const size = pinnedMemory(4);
  viewOf(size).setUint32(0, address.length, true);
  const length = nativeRecvfrom(fd, into, into.length, flags, address, size);
  if (length >= 0) {
    return { length, address: address.subarray(0, viewOf(size).getUint32(0, true)) };
  }
  return failOrAgain("recvfrom");
}

function failOrAgain(call: string): undefined {
  const errno = lastErrno();
  if (errno === again) {
    return undefined;
  }
  throw new SystemError(call, errno);
}

/** setsockopt(2) with raw bytes. `subject` names the option in the error. @throws SystemError */
export function setOption(
  fd: number,
  level: number,
  option: number,
  value: Uint8Array,
  subject = "",
): void {
  checked("setsockopt", nativeSetsockopt(fd, level, option, value, value.length), subject);
}

/** setsockopt(2) with an `int`. @throws SystemError */
export function setIntegerOption(
  fd: number,
  level: number,
  option: number,
  value: number,
  subject = "",
): void {
  const bytes = pinnedMemory(4);
  viewOf(bytes).setInt32(0, value, true);
  setOption(fd, level, option, bytes, subject);
}

/** getsockopt(2) into `length` bytes. @throws SystemError */
export function getOption(
  fd: number,
  level: number,
  option: number,
  length: number,
  subject = "",
): Uint8Array {
  const value = pinnedMemory(length);
  const size = pinnedMemory(4);
  viewOf(size).setUint32(0, length, true);
  checked("getsockopt", nativeGetsockopt(fd, level, option, value, size), subject);
  return value;
}

/** The raw local address of a socket. @throws SystemError */
export function localAddress(fd: number): Uint8Array {
  const address = pinnedMemory(128);
  const size = pinnedMemory(4);
  viewOf(size).setUint32(0, address.length, true);
  checked("getsockname", nativeGetsockname(fd, address, size));
  return address.subarray(0, viewOf(size).getUint32(0, true));
}

/** Takes the pending error of a socket (SO_ERROR): its errno, 0 for none. */
export function takeSocketError(fd: number): number {
  return viewOf(getOption(fd, 1, 4, 4, "SO_ERROR")).getInt32(0, true);
}
