import { closeFile } from "../libc/files.ts";
import { pinnedMemory } from "../libc/memory.ts";
import {
  type Endpoint,
  endpointFromBytes,
  endpointToBytes,
  familyOf,
} from "../libc/socket-address.ts";
import {
  bindSocket,
  configured,
  connectSocket,
  localAddress,
  messageFlags,
  openSocket,
  receive,
  sendTo,
  setIntegerOption,
  setOption,
  shutdownSocket,
  socketType,
  takeSocketError,
} from "../libc/sockets.ts";
import { errnoName, SystemError } from "../libc/system-error.ts";
import { inNamespace } from "../netns/enter.ts";
import type { Namespace } from "../netns/handles.ts";
import { bindToInterface } from "./interface-binding.ts";

const solSocket = 1;
const option = { reuseAddress: 2, linger: 13 } as const;
const tcp = { level: 6, noDelay: 1 } as const;
const inbox = pinnedMemory(64 * 1024);

/** How a connection attempt ended: `connected`, or the errno that says why not, such as `ECONNREFUSED`. */
export type ConnectionOutcome = "connected" | (string & {});

/** A TCP connection whose own end is in a given namespace. Nothing here waits: use a `PollLoop`. */
export class StreamSocket implements Disposable {
  readonly fd: number;

  readonly #refusal: ConnectionOutcome | undefined;

  /** Takes over a connected or connecting descriptor; `refusal` is what the kernel said at once, if it did. */
  constructor(fd: number, refusal?: ConnectionOutcome) {
    this.fd = fd;
    this.#refusal = refusal;
    setIntegerOption(fd, tcp.level, tcp.noDelay, 1, "TCP_NODELAY");
  }

  /** The own address and port. */
  local(): Endpoint {
    return endpointFromBytes(localAddress(this.fd));
  }

  /** What became of the attempt, once the socket is writable or failed; asked once. */
  takeOutcome(): ConnectionOutcome {
    if (this.#refusal !== undefined) {
      return this.#refusal;
    }
    const errno = takeSocketError(this.fd);
    return errno === 0 ? "connected" : errnoName(errno);
  }

  /** Sends as much as fits; returns the number of bytes, 0 when the buffer is full. @throws SystemError EPIPE, ECONNRESET */
  send(bytes: Uint8Array): number {
    return sendTo(this.fd, bytes, messageFlags.noSignal) ?? 0;
  }

  /** Bytes that wait; undefined when none do, empty when the other end has finished. @throws SystemError ECONNRESET */
  receive(): Uint8Array | undefined {
    const length = receive(this.fd, inbox);
    return length === undefined ? undefined : inbox.slice(0, length);
  }

  /** Says that nothing more will be sent. @throws SystemError ENOTCONN */
  finish(): void {
    shutdownSocket(this.fd, 1);
  }

  /** Makes closing send a reset, so that thousands of finished probes leave no TIME_WAIT behind. */
  resetOnClose(): void {
    const linger = pinnedMemory(8);
    linger[0] = 1;
    setOption(this.fd, solSocket, option.linger, linger, "SO_LINGER");
  }

  [Symbol.dispose](): void {
    closeFile(this.fd);
  }
}

export type ConnectOptions = {
  readonly from?: Endpoint;
  readonly device?: string;
};

/**
 * Starts a TCP connection from inside a namespace; `takeOutcome` tells what became of it when a `PollLoop` says that
 * the socket is writable or failed, which is at once where the kernel has no route. @throws SystemError for options
 * that cannot be had, such as EADDRNOTAVAIL for `from`
 */
export function startConnection(
  namespace: Namespace,
  to: Endpoint,
  options: ConnectOptions = {},
): StreamSocket {
  let refusal: ConnectionOutcome | undefined;
  const socket = configured(openStream(namespace, to), (fd) => {
    setIntegerOption(fd, solSocket, option.reuseAddress, 1, "SO_REUSEADDR");
    bindToInterface(fd, options.device);
    if (options.from !== undefined) {
      bindSocket(fd, endpointToBytes(options.from), options.from.address);
    }
    refusal = connect(fd, to);
  });
  return new StreamSocket(socket, refusal);
}

function connect(fd: number, to: Endpoint): ConnectionOutcome | undefined {
  try {
    connectSocket(fd, endpointToBytes(to), to.address);
    return undefined;
  } catch (error) {
    if (error instanceof SystemError) {
      return error.code;
    }
    throw error;
  }
}

/** A non-blocking TCP socket inside a namespace, of the family of `endpoint`. */
export function openStream(namespace: Namespace, endpoint: Endpoint): number {
  return inNamespace(namespace, () =>
    openSocket(familyOf(endpoint.address), socketType.stream | socketType.nonBlocking, 0),
  );
}
