import { uint16, uint32 } from "./byte-order.ts";
import {
  type Decoded,
  Layer,
  type Level,
  note,
  pushLayer,
  resetLevel,
  stop,
  stopShort,
} from "./decoded.ts";
import { vxlanPort } from "./vxlan.ts";

function enterTransport(decoded: Decoded, layer: Layer): Level {
  const level = decoded.current;
  pushLayer(decoded, layer, decoded.position);
  level.transport = layer;
  level.transportOffset = decoded.position;
  return level;
}

function finishTransport(decoded: Decoded, level: Level): void {
  level.payloadOffset = decoded.position;
  level.payloadLength = decoded.end - decoded.position;
  decoded.next = Layer.payload;
}

/** RFC 9293 section 3.1. A quote may end after its first eight bytes. */
export function stepTcp(bytes: Uint8Array, decoded: Decoded): void {
  const position = decoded.position;
  const available = decoded.end - position;
  if (available < 8) {
    stopShort(decoded);
    return;
  }
  const level = enterTransport(decoded, Layer.tcp);
  level.sourcePort = uint16(bytes, position);
  level.destinationPort = uint16(bytes, position + 2);
  level.tcpSequence = uint32(bytes, position + 4);
  if (available < 20) {
    stopShort(decoded);
    return;
  }
  level.tcpAcknowledgment = uint32(bytes, position + 8);
  level.tcpFlags = uint16(bytes, position + 12) & 0x1ff;
  const headerLength = ((bytes[position + 12] as number) >> 4) << 2;
  if (headerLength < 20) {
    stop(decoded, "malformed");
    return;
  }
  if (headerLength > available) {
    stopShort(decoded);
    return;
  }
  decoded.position = position + headerLength;
  finishTransport(decoded, level);
}

/** RFC 768. A length of 0 is a jumbogram or a segment before offload: the IP packet's end counts. */
export function stepUdp(bytes: Uint8Array, decoded: Decoded): void {
  const position = decoded.position;
  if (decoded.end - position < 8) {
    stopShort(decoded);
    return;
  }
  const level = enterTransport(decoded, Layer.udp);
  level.sourcePort = uint16(bytes, position);
  level.destinationPort = uint16(bytes, position + 2);
  const declared = uint16(bytes, position + 4);
  if (declared !== 0 && declared < 8) {
    stop(decoded, "malformed");
    return;
  }
  if (declared !== 0) clipDatagram(decoded, level, position + declared);
  decoded.position = position + 8;
  finishTransport(decoded, level);
  if (level.destinationPort === vxlanPort && level !== decoded.quoted) decoded.next = Layer.vxlan;
}

function clipDatagram(decoded: Decoded, level: Level, declaredEnd: number): void {
  if (declaredEnd <= decoded.end) decoded.end = declaredEnd;
  else if (!level.isFragment && level !== decoded.quoted) note(decoded, "truncated");
}

/** ICMP errors (RFC 792, RFC 1812 section 4.3.2.3): unreachable, quench, redirect, time exceeded, parameter problem. */
function isIcmpError(type: number): boolean {
  return type === 3 || type === 4 || type === 5 || type === 11 || type === 12;
}

/** RFC 792. */
export function stepIcmp(bytes: Uint8Array, decoded: Decoded): void {
  const level = readIcmp(bytes, decoded, Layer.icmp);
  if (level === undefined) return;
  const type = level.icmpType;
  if (isIcmpError(type)) {
    quote(decoded, Layer.ipv4);
    return;
  }
  if (type === 0 || type === 8 || (type >= 13 && type <= 18)) readEcho(bytes, level);
}

/** RFC 4443; types below 128 are errors, 1 to 4 are in use. */
export function stepIcmpv6(bytes: Uint8Array, decoded: Decoded): void {
  const level = readIcmp(bytes, decoded, Layer.icmpv6);
  if (level === undefined) return;
  const type = level.icmpType;
  if (type >= 1 && type <= 4) {
    quote(decoded, Layer.ipv6);
    return;
  }
  if (type === 128 || type === 129) readEcho(bytes, level);
}

/** All ICMP messages of both versions have eight bytes before what differs. */
function readIcmp(bytes: Uint8Array, decoded: Decoded, layer: Layer): Level | undefined {
  const position = decoded.position;
  const available = decoded.end - position;
  if (available < 4) {
    stopShort(decoded);
    return undefined;
  }
  const level = enterTransport(decoded, layer);
  level.icmpType = bytes[position] as number;
  level.icmpCode = bytes[position + 1] as number;
  if (available < 8) {
    stopShort(decoded);
    return undefined;
  }
  decoded.position = position + 8;
  finishTransport(decoded, level);
  return level;
}

function readEcho(bytes: Uint8Array, level: Level): void {
  level.icmpIdentifier = uint16(bytes, level.transportOffset + 4);
  level.icmpSequence = uint16(bytes, level.transportOffset + 6);
}

/** What follows is the packet at fault, as much of it as the sender quoted; a quote inside a quote is not followed. */
function quote(decoded: Decoded, layer: Layer): void {
  if (decoded.hasQuoted || decoded.position >= decoded.end) return;
  decoded.hasQuoted = true;
  decoded.current = decoded.quoted;
  resetLevel(decoded.quoted, "quote", -1);
  decoded.next = layer;
}
