import { uint16, uint32Little } from "./byte-order.ts";
import {
  type Decoded,
  Layer,
  maximumTags,
  openLevel,
  pushLayer,
  stop,
  stopShort,
} from "./decoded.ts";
import { EtherType, isVlanTagType } from "./ether-type.ts";
import { LinkType } from "./recording.ts";

/** IEEE 802.3 clause 3.2.6: up to here the field is a length. */
const longestLength = 1500;

/** The first header of a frame, by the interface's link type. */
export function firstLayer(bytes: Uint8Array, decoded: Decoded, linkType: number): void {
  switch (linkType) {
    case LinkType.ethernet:
      decoded.next = Layer.ethernet;
      break;
    case LinkType.raw:
    case LinkType.ipv4:
    case LinkType.ipv6:
      ipByVersion(bytes, decoded);
      break;
    case LinkType.linuxCooked:
      stepCooked(bytes, decoded, 16, 14);
      break;
    case LinkType.linuxCooked2:
      stepCooked(bytes, decoded, 20, 0);
      break;
    case LinkType.null:
      stepLoopback(bytes, decoded);
      break;
    default:
      decoded.next = Layer.payload;
  }
}

/** What has no type field in front of it says its version in its first four bits. */
function ipByVersion(bytes: Uint8Array, decoded: Decoded): void {
  if (decoded.position >= decoded.end) {
    stopShort(decoded);
    return;
  }
  const version = (bytes[decoded.position] as number) >> 4;
  decoded.next = version === 4 ? Layer.ipv4 : version === 6 ? Layer.ipv6 : Layer.payload;
}

/** Linux "cooked" frames, LINKTYPE_LINUX_SLL and _SLL2. */
function stepCooked(bytes: Uint8Array, decoded: Decoded, length: number, typeAt: number): void {
  if (decoded.end - decoded.position < length) {
    stopShort(decoded);
    return;
  }
  pushLayer(decoded, Layer.cooked, decoded.position);
  const etherType = uint16(bytes, decoded.position + typeAt);
  decoded.position += length;
  stepEtherType(bytes, decoded, etherType);
}

/** LINKTYPE_NULL: the address family in the byte order of the machine that recorded. */
function stepLoopback(bytes: Uint8Array, decoded: Decoded): void {
  if (decoded.end - decoded.position < 4) {
    stopShort(decoded);
    return;
  }
  pushLayer(decoded, Layer.loopback, decoded.position);
  const family = uint32Little(bytes, decoded.position);
  decoded.position += 4;
  const isIp = [2, 24, 28, 30].some((known) => family === known || family === known * 0x1000000);
  if (isIp) ipByVersion(bytes, decoded);
  else decoded.next = Layer.payload;
}

export function stepEthernet(bytes: Uint8Array, decoded: Decoded): void {
  const position = decoded.position;
  if (decoded.end - position < 14) {
    stopShort(decoded);
    return;
  }
  if (decoded.opens && !openLevel(decoded)) return;
  pushLayer(decoded, Layer.ethernet, position);
  decoded.current.ethernetOffset = position;
  decoded.position = position + 14;
  stepEtherType(bytes, decoded, uint16(bytes, position + 12));
}

/** Takes the tags off, any number of them (IEEE 802.1Q clause 9), and chooses what follows. */
function stepEtherType(bytes: Uint8Array, decoded: Decoded, first: number): void {
  const level = decoded.current;
  let etherType = first;
  while (isVlanTagType(etherType)) {
    const position = decoded.position;
    if (decoded.end - position < 4) {
      level.etherType = etherType;
      decoded.next = Layer.vlan;
      stopShort(decoded);
      return;
    }
    pushLayer(decoded, Layer.vlan, position - 2);
    if (level.vlanCount < maximumTags) {
      level.vlanTypes[level.vlanCount] = etherType;
      level.vlanTags[level.vlanCount] = uint16(bytes, position);
    }
    level.vlanCount++;
    etherType = uint16(bytes, position + 2);
    decoded.position = position + 4;
  }
  level.etherType = etherType;
  if (etherType <= longestLength) stepLlc(bytes, decoded, etherType);
  else decoded.next = layerOfEtherType(etherType);
}

export function layerOfEtherType(etherType: number): Layer {
  switch (etherType) {
    case EtherType.ipv4:
      return Layer.ipv4;
    case EtherType.ipv6:
      return Layer.ipv6;
    case EtherType.arp:
      return Layer.arp;
    default:
      return Layer.payload;
  }
}

/** IEEE 802.2 LLC and, behind it, the SNAP header of RFC 1042. */
function stepLlc(bytes: Uint8Array, decoded: Decoded, length: number): void {
  const position = decoded.position;
  decoded.end = Math.min(decoded.end, position + length);
  decoded.next = Layer.llc;
  if (decoded.end - position < 3) {
    stopShort(decoded);
    return;
  }
  pushLayer(decoded, Layer.llc, position);
  const isSnap = uint16(bytes, position) === 0xaaaa && bytes[position + 2] === 3;
  if (!isSnap) {
    // Information frames have a control field of two bytes; unnumbered ones, the usual, of one.
    decoded.position = position + 3;
    decoded.next = Layer.payload;
    return;
  }
  if (decoded.end - position < 8) {
    stopShort(decoded);
    return;
  }
  const encapsulatesEtherType = uint16(bytes, position + 3) === 0 && bytes[position + 5] === 0;
  const etherType = uint16(bytes, position + 6);
  decoded.position = position + 8;
  decoded.next = encapsulatesEtherType ? layerOfEtherType(etherType) : Layer.payload;
  if (encapsulatesEtherType) decoded.current.etherType = etherType;
}

/** RFC 826; the fixed part is enough, addresses of other lengths are left as payload. */
export function stepArp(bytes: Uint8Array, decoded: Decoded): void {
  const position = decoded.position;
  if (decoded.end - position < 8) {
    stopShort(decoded);
    return;
  }
  const hardwareLength = bytes[position + 4] as number;
  const protocolLength = bytes[position + 5] as number;
  const length = 8 + 2 * (hardwareLength + protocolLength);
  if (decoded.opens && !openLevel(decoded)) return;
  pushLayer(decoded, Layer.arp, position);
  if (decoded.end - position < length) {
    stopShort(decoded);
    return;
  }
  decoded.current.arpOffset = position;
  decoded.position = position + length;
  // What follows an ARP packet is the frame's padding.
  decoded.end = decoded.position;
  stop(decoded, "");
}
