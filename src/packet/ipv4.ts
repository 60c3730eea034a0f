import type { IpAddress } from "../units/ip.ts";
import { copyBytes, uint16, writeUint16 } from "./byte-order.ts";
import { internetChecksum } from "./checksum.ts";
import type { Located } from "./ethernet.ts";
import { ipFromBytes, ipToBytes } from "./ip-bytes.ts";

/** IPv4 header, RFC 791 section 3.1. */
export type Ipv4Header = {
  readonly source: IpAddress;
  readonly destination: IpAddress;
  readonly protocol: number;
  /** Bytes of payload after the header. */
  readonly payloadLength: number;
  readonly ttl: number;
  /** DSCP and ECN together, RFC 2474. */
  readonly trafficClass: number;
  readonly identification: number;
  readonly dontFragment: boolean;
  readonly moreFragments: boolean;
  /** In bytes, a multiple of 8. */
  readonly fragmentOffset: number;
  /** Raw options, at most 40 bytes; padded with zeros to a multiple of 4. */
  readonly options: Uint8Array;
};

/** With the right header checksum. */
export function encodeIpv4(header: Ipv4Header): Uint8Array {
  const length = 20 + ((header.options.length + 3) & ~3);
  const bytes = new Uint8Array(length);
  bytes[0] = 0x40 | (length >> 2);
  bytes[1] = header.trafficClass;
  writeUint16(bytes, 2, length + header.payloadLength);
  writeUint16(bytes, 4, header.identification);
  const flags = (header.dontFragment ? 0x4000 : 0) | (header.moreFragments ? 0x2000 : 0);
  writeUint16(bytes, 6, flags | (header.fragmentOffset >> 3));
  bytes[8] = header.ttl;
  bytes[9] = header.protocol;
  bytes.set(ipToBytes(header.source), 12);
  bytes.set(ipToBytes(header.destination), 16);
  bytes.set(header.options, 20);
  writeUint16(bytes, 10, internetChecksum(bytes));
  return bytes;
}

/** Undefined where the header is cut short or impossible; its checksum is not looked at. */
export function decodeIpv4(bytes: Uint8Array, offset = 0): Located<Ipv4Header> | undefined {
  if (bytes.length - offset < 20) return undefined;
  const first = bytes[offset] as number;
  const length = (first & 15) << 2;
  const total = uint16(bytes, offset + 2);
  if (first >> 4 !== 4 || length < 20 || total < length) return undefined;
  if (bytes.length - offset < length) return undefined;
  const fragment = uint16(bytes, offset + 6);
  const header: Ipv4Header = {
    source: ipFromBytes(bytes, offset + 12, 4),
    destination: ipFromBytes(bytes, offset + 16, 4),
    protocol: bytes[offset + 9] as number,
    payloadLength: total - length,
    ttl: bytes[offset + 8] as number,
    trafficClass: bytes[offset + 1] as number,
    identification: uint16(bytes, offset + 4),
    dontFragment: (fragment & 0x4000) !== 0,
    moreFragments: (fragment & 0x2000) !== 0,
    fragmentOffset: (fragment & 0x1fff) << 3,
    options: copyBytes(bytes, offset + 20, offset + length),
  };
  return { header, payloadOffset: offset + length };
}
