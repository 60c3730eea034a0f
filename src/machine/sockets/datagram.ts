import { closeFile } from "../libc/files.ts";
import { pinnedMemory } from "../libc/memory.ts";
import {
  type Endpoint,
  endpointFromBytes,
  endpointToBytes,
  familyOf,
} from "../libc/socket-address.ts";
import {
  addressFamily,
  bindSocket,
  configured,
  localAddress,
  openSocket,
  receiveFrom,
  sendTo,
  setIntegerOption,
  socketType,
} from "../libc/sockets.ts";
import { inNamespace } from "../netns/enter.ts";
import type { Namespace } from "../netns/handles.ts";
import { bindToInterface } from "./interface-binding.ts";

const solSocket = 1;
const option = { reuseAddress: 2, broadcast: 6 } as const;
const ipv6Only = { level: 41, option: 26 } as const;
const inbox = pinnedMemory(66 * 1024);

export type Datagram = { readonly from: Endpoint; readonly bytes: Uint8Array };

/**
 * A UDP socket of one namespace, made by libc inside it: Node's own `dgram` opens its socket later, in whatever
 * namespace the thread is in by then.
 */
export class DatagramSocket implements Disposable {
  readonly fd: number;

  /**
   * @param local address and port to bind; `0.0.0.0` or `::` for all, port 0 for any
   * @param options.device interface to use for everything, by name
   * @throws SystemError EADDRINUSE, EADDRNOTAVAIL
   */
  constructor(namespace: Namespace, local: Endpoint, options: { readonly device?: string } = {}) {
    const family = familyOf(local.address);
    const unbound = inNamespace(namespace, () =>
      openSocket(family, socketType.datagram | socketType.nonBlocking, 0),
    );
    this.fd = configured(unbound, (fd) => {
      setIntegerOption(fd, solSocket, option.reuseAddress, 1, "SO_REUSEADDR");
      setIntegerOption(fd, solSocket, option.broadcast, 1, "SO_BROADCAST");
      if (family === addressFamily.inet6) {
        setIntegerOption(fd, ipv6Only.level, ipv6Only.option, 1, "IPV6_V6ONLY");
      }
      bindToInterface(fd, options.device);
      bindSocket(fd, endpointToBytes(local), `${local.address} port ${local.port}`);
    });
  }

  /** The address and port it is bound to. */
  local(): Endpoint {
    return endpointFromBytes(localAddress(this.fd));
  }

  /**
   * Sends one datagram; false when the socket's buffer is full. @throws SystemError ENETUNREACH, EHOSTUNREACH,
   * ECONNREFUSED (an ICMP answer to an earlier one), EMSGSIZE
   */
  send(bytes: Uint8Array, to: Endpoint): boolean {
    return sendTo(this.fd, bytes, 0, endpointToBytes(to)) !== undefined;
  }

  /** The next datagram that waits, or undefined. @throws SystemError */
  receive(): Datagram | undefined {
    const received = receiveFrom(this.fd, inbox);
    return received === undefined
      ? undefined
      : { from: endpointFromBytes(received.address), bytes: inbox.slice(0, received.length) };
  }

  [Symbol.dispose](): void {
    closeFile(this.fd);
  }
}
