import { closeFile } from "../libc/files.ts";
import { pinnedMemory, viewOf } from "../libc/memory.ts";
import {
  type Endpoint,
  endpointFromBytes,
  endpointToBytes,
  familyOf,
} from "../libc/socket-address.ts";
import {
  addressFamily,
  configured,
  openSocket,
  receiveFrom,
  sendTo,
  socketType,
} from "../libc/sockets.ts";
import { inNamespace } from "../netns/enter.ts";
import type { Namespace } from "../netns/handles.ts";
import { bindToInterface } from "./interface-binding.ts";

const protocol = { icmp: 1, icmpv6: 58 } as const;
const echoRequest = { inet: 8, inet6: 128 } as const;
const inbox = pinnedMemory(66 * 1024);

/** An echo request, RFC 792 and RFC 4443 section 4.1. Identifier and sequence are 16 bits each. */
export type Echo = {
  readonly identifier: number;
  readonly sequence: number;
  readonly payload: Uint8Array;
};

/** An ICMP message as it came in: of IPv4 without the IP header. */
export type IcmpMessage = {
  readonly from: string;
  readonly type: number;
  readonly code: number;
  /** All after the first four bytes (type, code, checksum). */
  readonly rest: Uint8Array;
};

/** A raw ICMP or ICMPv6 socket of one namespace. It hears every ICMP message of the namespace, others' too. */
export class IcmpSocket implements Disposable {
  readonly fd: number;
  readonly #inet6: boolean;

  constructor(
    namespace: Namespace,
    family: "inet" | "inet6",
    options: { readonly device?: string } = {},
  ) {
    this.#inet6 = family === "inet6";
    const unbound = inNamespace(namespace, () =>
      openSocket(
        addressFamily[family],
        socketType.raw | socketType.nonBlocking,
        this.#inet6 ? protocol.icmpv6 : protocol.icmp,
      ),
    );
    this.fd = configured(unbound, (fd) => bindToInterface(fd, options.device));
  }

  /** Sends one echo request. @throws SystemError ENETUNREACH, EHOSTUNREACH; RangeError for the other family's address */
  sendEcho(to: Omit<Endpoint, "port">, { identifier, sequence, payload }: Echo): void {
    if ((familyOf(to.address) === addressFamily.inet6) !== this.#inet6) {
      throw new RangeError(`${to.address} is of the other address family`);
    }
    const message = pinnedMemory(8 + payload.length);
    const view = viewOf(message);
    message[0] = this.#inet6 ? echoRequest.inet6 : echoRequest.inet;
    view.setUint16(4, identifier, false);
    view.setUint16(6, sequence, false);
    message.set(payload, 8);
    if (!this.#inet6) {
      view.setUint16(2, internetChecksum(message), false); // for ICMPv6 the kernel does it
    }
    sendTo(this.fd, message, 0, endpointToBytes({ ...to, port: 0 }));
  }

  /** The next ICMP message that waits, or undefined. @throws SystemError */
  receive(): IcmpMessage | undefined {
    const received = receiveFrom(this.fd, inbox);
    if (received === undefined) {
      return undefined;
    }
    const start = this.#inet6 ? 0 : 4 * ((inbox[0] ?? 0) & 0x0f);
    return {
      from: endpointFromBytes(received.address).address,
      type: inbox[start] ?? 0,
      code: inbox[start + 1] ?? 0,
      rest: inbox.slice(start + 4, received.length),
    };
  }

  [Symbol.dispose](): void {
    closeFile(this.fd);
  }
}

/** RFC 1071, over bytes whose checksum field is zero. */
export function internetChecksum(bytes: Uint8Array): number {
  let sum = 0;
  for (let index = 0; index < bytes.length; index += 2) {
    sum += ((bytes[index] ?? 0) << 8) | (bytes[index + 1] ?? 0);
  }
  while (sum > 0xffff) {
    sum = (sum & 0xffff) + (sum >>> 16);
  }
  return ~sum & 0xffff;
}
