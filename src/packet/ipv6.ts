import type { IpAddress } from "../units/ip.ts";
import { concatBytes, copyBytes, uint16, uint32, writeUint16, writeUint32 } from "./byte-order.ts";
import type { Located } from "./ethernet.ts";
import { ipFromBytes, ipToBytes } from "./ip-bytes.ts";
import { IpProtocol } from "./ip-protocol.ts";

/** Hop-by-hop, routing or destination options, RFC 8200 sections 4.3, 4.4, 4.6. */
type Ipv6OptionsHeader = {
  readonly kind: "hop-by-hop" | "routing" | "destination";
  /** What follows the first two bytes: 6 + 8n bytes. */
  readonly data: Uint8Array;
};

/** RFC 8200 section 4.5. */
type Ipv6FragmentHeader = {
  readonly kind: "fragment";
  /** In bytes, a multiple of 8. */
  readonly offset: number;
  readonly more: boolean;
  readonly identification: number;
};

export type Ipv6Extension = Ipv6OptionsHeader | Ipv6FragmentHeader;

/** IPv6 header with its extension headers, RFC 8200 sections 3 and 4. */
export type Ipv6Header = {
  readonly source: IpAddress;
  readonly destination: IpAddress;
  /** Protocol of what follows the last extension header. */
  readonly protocol: number;
  /** Bytes after the extension headers. */
  readonly payloadLength: number;
  readonly hopLimit: number;
  readonly trafficClass: number;
  /** 20 bits. */
  readonly flowLabel: number;
  readonly extensions: readonly Ipv6Extension[];
};

const protocolOfKind = {
  "hop-by-hop": IpProtocol.hopByHop,
  routing: IpProtocol.routing,
  destination: IpProtocol.destination,
  fragment: IpProtocol.fragment,
} as const;

const kindOfProtocol = new Map<number, Ipv6Extension["kind"]>([
  [IpProtocol.hopByHop, "hop-by-hop"],
  [IpProtocol.routing, "routing"],
  [IpProtocol.destination, "destination"],
  [IpProtocol.fragment, "fragment"],
]);

export function encodeIpv6(header: Ipv6Header): Uint8Array {
  const protocols = header.extensions.map((extension) => protocolOfKind[extension.kind]);
  const extensions = header.extensions.map((extension, index) =>
    encodeExtension(extension, protocols[index + 1] ?? header.protocol),
  );
  const length = extensions.reduce((sum, bytes) => sum + bytes.length, 0);
  const fixed = new Uint8Array(40);
  const start = 0x6000_0000 + header.trafficClass * 0x10_0000 + header.flowLabel;
  writeUint32(fixed, 0, start);
  writeUint16(fixed, 4, length + header.payloadLength);
  fixed[6] = protocols[0] ?? header.protocol;
  fixed[7] = header.hopLimit;
  fixed.set(ipToBytes(header.source), 8);
  fixed.set(ipToBytes(header.destination), 24);
  return concatBytes([fixed, ...extensions]);
}

function encodeExtension(extension: Ipv6Extension, next: number): Uint8Array {
  if (extension.kind === "fragment") {
    const bytes = new Uint8Array(8);
    bytes[0] = next;
    writeUint16(bytes, 2, extension.offset | (extension.more ? 1 : 0));
    writeUint32(bytes, 4, extension.identification);
    return bytes;
  }
  const bytes = new Uint8Array((2 + extension.data.length + 7) & ~7);
  bytes[0] = next;
  bytes[1] = (bytes.length >> 3) - 1;
  bytes.set(extension.data, 2);
  return bytes;
}

/** Undefined where a header is cut short or impossible. */
export function decodeIpv6(bytes: Uint8Array, offset = 0): Located<Ipv6Header> | undefined {
  if (bytes.length - offset < 40 || (bytes[offset] as number) >> 4 !== 6) return undefined;
  const extensions: Ipv6Extension[] = [];
  let protocol = bytes[offset + 6] as number;
  let position = offset + 40;
  for (;;) {
    const kind = kindOfProtocol.get(protocol);
    if (kind === undefined) break;
    const decoded = decodeExtension(bytes, position, kind);
    if (decoded === undefined) return undefined;
    extensions.push(decoded.header);
    protocol = bytes[position] as number;
    position = decoded.payloadOffset;
  }
  const payloadLength = uint16(bytes, offset + 4) - (position - offset - 40);
  if (payloadLength < 0) return undefined;
  const start = uint32(bytes, offset);
  const header: Ipv6Header = {
    source: ipFromBytes(bytes, offset + 8, 6),
    destination: ipFromBytes(bytes, offset + 24, 6),
    protocol,
    payloadLength,
    hopLimit: bytes[offset + 7] as number,
    trafficClass: (start >>> 20) & 0xff,
    flowLabel: start & 0xf_ffff,
    extensions,
  };
  return { header, payloadOffset: position };
}

function decodeExtension(
  bytes: Uint8Array,
  position: number,
  kind: Ipv6Extension["kind"],
): Located<Ipv6Extension> | undefined {
  if (bytes.length - position < 8) return undefined;
  if (kind === "fragment") {
    const field = uint16(bytes, position + 2);
    const identification = uint32(bytes, position + 4);
    const header = { kind, offset: field & 0xfff8, more: (field & 1) !== 0, identification };
    return { header, payloadOffset: position + 8 };
  }
  const end = position + (((bytes[position + 1] as number) + 1) << 3);
  if (bytes.length < end) return undefined;
  return { header: { kind, data: copyBytes(bytes, position + 2, end) }, payloadOffset: end };
}
