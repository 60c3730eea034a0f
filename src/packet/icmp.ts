import { concatBytes, copyBytes, uint32, writeUint16, writeUint32 } from "./byte-order.ts";
import { internetChecksum } from "./checksum.ts";

/** RFC 792; RFC 1812 section 4.3.3 for the codes. */
export const IcmpType = {
  echoReply: 0,
  unreachable: 3,
  redirect: 5,
  echoRequest: 8,
  timeExceeded: 11,
  parameterProblem: 12,
} as const;

/** Codes of destination unreachable that say "by policy" (RFC 1812 section 5.2.7.1). */
export const IcmpUnreachable = {
  network: 0,
  host: 1,
  protocol: 2,
  port: 3,
  fragmentationNeeded: 4,
  networkProhibited: 9,
  hostProhibited: 10,
  administrativelyProhibited: 13,
} as const;

/** ICMP message, RFC 792: eight bytes of header, then an echo's data or an error's quote of the packet at fault. */
export type IcmpMessage = {
  readonly type: number;
  readonly code: number;
  /** Bytes 4 to 7: identifier and sequence number of an echo, next-hop MTU of "fragmentation needed", else 0. */
  readonly rest: number;
  readonly body: Uint8Array;
};

/** Bytes 4 to 7 of an echo. */
export function echoFields(identifier: number, sequence: number): number {
  return ((identifier << 16) | (sequence & 0xffff)) >>> 0;
}

/** With the right checksum. */
export function encodeIcmp(message: IcmpMessage): Uint8Array {
  const header = new Uint8Array(8);
  header[0] = message.type;
  header[1] = message.code;
  writeUint32(header, 4, message.rest);
  const bytes = concatBytes([header, message.body]);
  writeUint16(bytes, 2, internetChecksum(bytes));
  return bytes;
}

/** Undefined below 8 bytes; the checksum is not looked at. */
export function decodeIcmp(
  bytes: Uint8Array,
  offset = 0,
  end: number = bytes.length,
): IcmpMessage | undefined {
  if (end - offset < 8) return undefined;
  return {
    type: bytes[offset] as number,
    code: bytes[offset + 1] as number,
    rest: uint32(bytes, offset + 4),
    body: copyBytes(bytes, offset + 8, end),
  };
}

/** What an error quotes (RFC 1812 section 4.3.2.3): at most 576 bytes of answer in all, so 548 of the packet. */
export function quotePacket(packet: Uint8Array): Uint8Array {
  return copyBytes(packet, 0, 548);
}
