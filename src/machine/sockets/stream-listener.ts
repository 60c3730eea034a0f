import { closeFile } from "../libc/files.ts";
import {
  type Endpoint,
  endpointFromBytes,
  endpointToBytes,
  familyOf,
} from "../libc/socket-address.ts";
import {
  acceptSocket,
  addressFamily,
  bindSocket,
  configured,
  listenSocket,
  localAddress,
  setIntegerOption,
} from "../libc/sockets.ts";
import type { Namespace } from "../netns/handles.ts";
import { openStream, StreamSocket } from "./stream-client.ts";

const reuseAddress = { level: 1, option: 2 } as const;
const ipv6Only = { level: 41, option: 26 } as const;

/** A connection that came in. */
export type Accepted = { readonly socket: StreamSocket; readonly from: Endpoint };

/**
 * Listens for TCP connections inside a namespace. Made by libc: Node's `net` opens a listener with a host name later
 * than the call, in whatever namespace the thread is in by then.
 */
export class StreamListener implements Disposable {
  readonly fd: number;

  /** @throws SystemError EADDRINUSE, EADDRNOTAVAIL */
  constructor(namespace: Namespace, local: Endpoint, backlog = 4096) {
    this.fd = configured(openStream(namespace, local), (fd) => {
      setIntegerOption(fd, reuseAddress.level, reuseAddress.option, 1, "SO_REUSEADDR");
      if (familyOf(local.address) === addressFamily.inet6) {
        setIntegerOption(fd, ipv6Only.level, ipv6Only.option, 1, "IPV6_V6ONLY");
      }
      bindSocket(fd, endpointToBytes(local), `${local.address} port ${local.port}`);
      listenSocket(fd, backlog);
    });
  }

  local(): Endpoint {
    return endpointFromBytes(localAddress(this.fd));
  }

  /** The next connection that waits, or undefined. @throws SystemError */
  accept(): Accepted | undefined {
    const accepted = acceptSocket(this.fd);
    return accepted === undefined
      ? undefined
      : { socket: new StreamSocket(accepted.fd), from: endpointFromBytes(accepted.address) };
  }

  [Symbol.dispose](): void {
    closeFile(this.fd);
  }
}
