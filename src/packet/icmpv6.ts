import type { IpAddress } from "../units/ip.ts";
import { type Mac, macFromBytes, macToBytes } from "../units/mac.ts";
import { concatBytes, copyBytes, uint32, writeUint16, writeUint32 } from "./byte-order.ts";
import { foldChecksum, pseudoHeaderSum, sumOfWords } from "./checksum.ts";
import { ipFromBytes, ipToBytes } from "./ip-bytes.ts";
import { IpProtocol } from "./ip-protocol.ts";

/** RFC 4443 section 2.1 and RFC 4861 section 4. */
export const Icmpv6Type = {
  unreachable: 1,
  packetTooBig: 2,
  timeExceeded: 3,
  parameterProblem: 4,
  echoRequest: 128,
  echoReply: 129,
  routerSolicitation: 133,
  routerAdvertisement: 134,
  neighborSolicitation: 135,
  neighborAdvertisement: 136,
  redirect: 137,
} as const;

/** ICMPv6 message, RFC 4443 section 2.1. */
export type Icmpv6Message = {
  readonly type: number;
  readonly code: number;
  /** Bytes 4 to 7. */
  readonly rest: number;
  readonly body: Uint8Array;
};

/** With the right checksum for these two addresses (RFC 4443 section 2.3). */
export function encodeIcmpv6(
  message: Icmpv6Message,
  source: IpAddress,
  destination: IpAddress,
): Uint8Array {
  const header = new Uint8Array(8);
  header[0] = message.type;
  header[1] = message.code;
  writeUint32(header, 4, message.rest);
  const bytes = concatBytes([header, message.body]);
  const pseudo = pseudoHeaderSum(
    ipToBytes(source),
    ipToBytes(destination),
    IpProtocol.icmpv6,
    bytes.length,
  );
  writeUint16(bytes, 2, foldChecksum(pseudo + sumOfWords(bytes)));
  return bytes;
}

/** Undefined below 8 bytes; the checksum is not looked at. */
export function decodeIcmpv6(
  bytes: Uint8Array,
  offset = 0,
  end: number = bytes.length,
): Icmpv6Message | undefined {
  if (end - offset < 8) return undefined;
  return {
    type: bytes[offset] as number,
    code: bytes[offset + 1] as number,
    rest: uint32(bytes, offset + 4),
    body: copyBytes(bytes, offset + 8, end),
  };
}

/** Neighbor solicitation or advertisement, RFC 4861 sections 4.3 and 4.4. */
export type NeighborMessage = {
  readonly kind: "solicitation" | "advertisement";
  readonly target: IpAddress;
  /** The sender's own address (option 1) in a solicitation, the target's (option 2) in an advertisement. */
  readonly linkLayer?: Mac;
  /** Of an advertisement: router, solicited, override in bits 2, 1, 0. */
  readonly flags: number;
};

export function neighborMessage(neighbor: NeighborMessage): Icmpv6Message {
  const isSolicitation = neighbor.kind === "solicitation";
  const option =
    neighbor.linkLayer === undefined
      ? new Uint8Array(0)
      : concatBytes([Uint8Array.of(isSolicitation ? 1 : 2, 1), macToBytes(neighbor.linkLayer)]);
  return {
    type: isSolicitation ? Icmpv6Type.neighborSolicitation : Icmpv6Type.neighborAdvertisement,
    code: 0,
    rest: (neighbor.flags << 29) >>> 0,
    body: concatBytes([ipToBytes(neighbor.target), option]),
  };
}

/** Undefined for other messages and where the target is cut off. */
export function readNeighborMessage(message: Icmpv6Message): NeighborMessage | undefined {
  const isSolicitation = message.type === Icmpv6Type.neighborSolicitation;
  const isNeighbor = isSolicitation || message.type === Icmpv6Type.neighborAdvertisement;
  if (!isNeighbor || message.body.length < 16) return undefined;
  const linkLayer = linkLayerOption(message.body, isSolicitation ? 1 : 2);
  return {
    kind: isSolicitation ? "solicitation" : "advertisement",
    target: ipFromBytes(message.body, 0, 6),
    ...(linkLayer === undefined ? {} : { linkLayer }),
    flags: message.rest >>> 29,
  };
}

function linkLayerOption(body: Uint8Array, wanted: number): Mac | undefined {
  let position = 16;
  while (body.length - position >= 8) {
    const length = (body[position + 1] as number) << 3;
    // RFC 4861 section 4.6: a length of zero means the packet is to be discarded.
    if (length === 0) return undefined;
    if (body[position] === wanted) return macFromBytes(body, position + 2);
    position += length;
  }
  return undefined;
}
