import { uint16, uint32 } from "./byte-order.ts";
import {
  type Decoded,
  Layer,
  type Level,
  note,
  openLevel,
  pushLayer,
  stop,
  stopShort,
} from "./decoded.ts";
import { IpProtocol } from "./ip-protocol.ts";

/** A second IP header in one level means IP in IP (RFC 2003, RFC 2473). */
function enterIp(decoded: Decoded): boolean {
  const level = decoded.current;
  if (level === decoded.quoted) return level.ipVersion === 0;
  if (decoded.opens) return openLevel(decoded);
  if (level.ipVersion === 0) return true;
  decoded.carrier = "ip";
  decoded.tunnelId = -1;
  return openLevel(decoded);
}

/** RFC 791 section 3.1. */
export function stepIpv4(bytes: Uint8Array, decoded: Decoded): void {
  const position = decoded.position;
  if (decoded.end - position < 20) {
    stopShort(decoded);
    return;
  }
  const first = bytes[position] as number;
  const headerLength = (first & 15) << 2;
  const declared = uint16(bytes, position + 2);
  // Zero: the kernel recorded a segment before it was cut to size (segmentation offload).
  const isBadLength = declared !== 0 && declared < headerLength;
  if (first >> 4 !== 4 || headerLength < 20 || isBadLength) {
    pushLayer(decoded, Layer.ipv4, position);
    stop(decoded, "malformed");
    return;
  }
  if (decoded.end - position < headerLength) {
    stopShort(decoded);
    return;
  }
  if (!enterIp(decoded)) {
    decoded.next = Layer.payload;
    return;
  }
  pushLayer(decoded, Layer.ipv4, position);
  fillIpv4(bytes, decoded.current, position);
  if (declared !== 0) clip(decoded, position + declared);
  decoded.current.ipEnd = decoded.end;
  decoded.position = position + headerLength;
  if (decoded.current.fragmentOffset > 0) decoded.next = Layer.payload;
  else decoded.next = layerOfProtocol(decoded.current.protocol);
}

function fillIpv4(bytes: Uint8Array, level: Level, position: number): void {
  const fragment = uint16(bytes, position + 6);
  level.ipVersion = 4;
  level.ipOffset = position;
  level.protocol = bytes[position + 9] as number;
  level.ttl = bytes[position + 8] as number;
  level.identification = uint16(bytes, position + 4);
  level.fragmentOffset = (fragment & 0x1fff) << 3;
  level.moreFragments = (fragment & 0x2000) !== 0;
  level.isFragment = (fragment & 0x3fff) !== 0;
}

/** The packet ends where it says, or where the recording stops: the shorter of both. */
function clip(decoded: Decoded, declaredEnd: number): void {
  if (declaredEnd <= decoded.end) decoded.end = declaredEnd;
  else if (decoded.current !== decoded.quoted) note(decoded, "truncated");
}

/** RFC 8200 section 3. */
export function stepIpv6(bytes: Uint8Array, decoded: Decoded): void {
  const position = decoded.position;
  if (decoded.end - position < 40) {
    stopShort(decoded);
    return;
  }
  if ((bytes[position] as number) >> 4 !== 6) {
    pushLayer(decoded, Layer.ipv6, position);
    stop(decoded, "malformed");
    return;
  }
  if (!enterIp(decoded)) {
    decoded.next = Layer.payload;
    return;
  }
  pushLayer(decoded, Layer.ipv6, position);
  const level = decoded.current;
  level.ipVersion = 6;
  level.ipOffset = position;
  level.protocol = bytes[position + 6] as number;
  level.ttl = bytes[position + 7] as number;
  const payloadLength = uint16(bytes, position + 4);
  // Zero: a jumbogram (RFC 2675) or a segment before offload; both end with the frame.
  if (payloadLength !== 0) clip(decoded, position + 40 + payloadLength);
  level.ipEnd = decoded.end;
  decoded.position = position + 40;
  decoded.next = layerOfProtocol(level.protocol);
}

/** Hop-by-hop, routing and destination options (RFC 8200 section 4), and AH (RFC 4302 section 2), whose unit differs. */
export function stepIpv6Extension(bytes: Uint8Array, decoded: Decoded, layer: Layer): void {
  const position = decoded.position;
  if (decoded.end - position < 8) {
    stopShort(decoded);
    return;
  }
  pushLayer(decoded, layer, position);
  const units = bytes[position + 1] as number;
  const length = layer === Layer.authentication ? (units + 2) << 2 : (units + 1) << 3;
  if (decoded.end - position < length) {
    stopShort(decoded);
    return;
  }
  const level = decoded.current;
  level.protocol = bytes[position] as number;
  decoded.position = position + length;
  decoded.next = layerOfProtocol(level.protocol);
}

/** RFC 8200 section 4.5. */
export function stepIpv6Fragment(bytes: Uint8Array, decoded: Decoded): void {
  const position = decoded.position;
  if (decoded.end - position < 8) {
    stopShort(decoded);
    return;
  }
  pushLayer(decoded, Layer.ipv6Fragment, position);
  const level = decoded.current;
  const field = uint16(bytes, position + 2);
  level.protocol = bytes[position] as number;
  level.fragmentOffset = field & 0xfff8;
  level.moreFragments = (field & 1) !== 0;
  level.isFragment = (field & 0xfff9) !== 0;
  level.identification = uint32(bytes, position + 4);
  decoded.position = position + 8;
  decoded.next = level.fragmentOffset > 0 ? Layer.payload : layerOfProtocol(level.protocol);
}

function layerOfProtocol(protocol: number): Layer {
  switch (protocol) {
    case IpProtocol.tcp:
      return Layer.tcp;
    case IpProtocol.udp:
      return Layer.udp;
    case IpProtocol.icmp:
      return Layer.icmp;
    case IpProtocol.icmpv6:
      return Layer.icmpv6;
    case IpProtocol.gre:
      return Layer.gre;
    case IpProtocol.ipv4:
      return Layer.ipv4;
    case IpProtocol.ipv6:
      return Layer.ipv6;
    case IpProtocol.authentication:
      return Layer.authentication;
    default:
      return layerOfExtension(protocol);
  }
}

function layerOfExtension(protocol: number): Layer {
  switch (protocol) {
    case IpProtocol.hopByHop:
      return Layer.ipv6HopByHop;
    case IpProtocol.routing:
      return Layer.ipv6Routing;
    case IpProtocol.fragment:
      return Layer.ipv6Fragment;
    case IpProtocol.destination:
      return Layer.ipv6Destination;
    default:
      return Layer.payload;
  }
}
