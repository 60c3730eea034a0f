import { uint16, uint32 } from "./byte-order.ts";
import { layerOfEtherType } from "./decode-link.ts";
import { type Carrier, type Decoded, Layer, note, pushLayer, stop, stopShort } from "./decoded.ts";
import { EtherType } from "./ether-type.ts";

function carry(decoded: Decoded, carrier: Carrier, tunnelId: number, next: Layer): void {
  decoded.opens = true;
  decoded.carrier = carrier;
  decoded.tunnelId = tunnelId;
  decoded.next = next;
}

/** RFC 7348 section 5. Without the I flag the VNI is not valid, and RFC 7348 wants such a packet dropped. */
export function stepVxlan(bytes: Uint8Array, decoded: Decoded): void {
  const position = decoded.position;
  if (decoded.end - position < 8) {
    stopShort(decoded);
    return;
  }
  pushLayer(decoded, Layer.vxlan, position);
  const valid = ((bytes[position] as number) & 0x08) !== 0;
  if (!valid) note(decoded, "malformed");
  decoded.position = position + 8;
  const vni = valid ? uint32(bytes, position + 4) >>> 8 : -1;
  carry(decoded, "vxlan", vni, Layer.ethernet);
}

const greChecksum = 0x8000;
const greRouting = 0x4000;
const greKey = 0x2000;
const greSequence = 0x1000;

/** RFC 2784 section 2 with the key and sequence of RFC 2890; version 1 is RFC 2637 and carries PPP. */
export function stepGre(bytes: Uint8Array, decoded: Decoded): void {
  const position = decoded.position;
  if (decoded.end - position < 4) {
    stopShort(decoded);
    return;
  }
  pushLayer(decoded, Layer.gre, position);
  decoded.current.transport = Layer.gre;
  decoded.current.transportOffset = position;
  const flags = uint16(bytes, position);
  // RFC 2784 section 2.3: source routing (RFC 1701) is to be discarded.
  if ((flags & greRouting) !== 0 || (flags & 7) !== 0) {
    decoded.position = position + 4;
    decoded.next = Layer.payload;
    return;
  }
  const keyAt = position + 4 + ((flags & greChecksum) === 0 ? 0 : 4);
  const sequenceAt = keyAt + ((flags & greKey) === 0 ? 0 : 4);
  const end = sequenceAt + ((flags & greSequence) === 0 ? 0 : 4);
  if (decoded.end < end) {
    stopShort(decoded);
    return;
  }
  const key = (flags & greKey) === 0 ? -1 : uint32(bytes, keyAt);
  decoded.position = end;
  carriedByGre(decoded, uint16(bytes, position + 2), key, (flags & greSequence) !== 0);
}

function carriedByGre(decoded: Decoded, type: number, key: number, hasSequence: boolean): void {
  const level = decoded.current;
  level.payloadOffset = decoded.position;
  level.payloadLength = decoded.end - decoded.position;
  if (type === EtherType.transparentEthernet) carry(decoded, "gre", key, Layer.ethernet);
  else if (type === EtherType.erspan3) carry(decoded, "erspan", -1, Layer.erspan);
  else if (type !== EtherType.erspan2) carry(decoded, "gre", key, layerOfEtherType(type));
  // Type I has neither sequence number nor header of its own: the mirrored frame follows at once.
  else if (hasSequence) carry(decoded, "erspan", -1, Layer.erspan);
  else {
    pushLayer(decoded, Layer.erspan, decoded.position);
    carry(decoded, "erspan", -1, Layer.ethernet);
  }
}

/** draft-foschiano-erspan section 4.2 (type II, 8 bytes) and 4.3 (type III, 12 bytes and a subheader when O is set). */
export function stepErspan(bytes: Uint8Array, decoded: Decoded): void {
  const position = decoded.position;
  if (decoded.end - position < 8) {
    stopShort(decoded);
    return;
  }
  pushLayer(decoded, Layer.erspan, position);
  const version = (bytes[position] as number) >> 4;
  const session = uint16(bytes, position + 2) & 0x3ff;
  if (version === 1) {
    decoded.position = position + 8;
    carry(decoded, "erspan", session, Layer.ethernet);
  } else if (version === 2) stepErspan3(bytes, decoded, session);
  else stop(decoded, "malformed");
}

function stepErspan3(bytes: Uint8Array, decoded: Decoded, session: number): void {
  const position = decoded.position;
  if (decoded.end - position < 12) {
    stopShort(decoded);
    return;
  }
  const flags = uint16(bytes, position + 10);
  const length = 12 + ((flags & 1) === 0 ? 0 : 8);
  if (decoded.end - position < length) {
    stopShort(decoded);
    return;
  }
  decoded.position = position + length;
  const frameType = (flags >> 10) & 0x1f;
  if (frameType === 0) carry(decoded, "erspan", session, Layer.ethernet);
  else decoded.next = Layer.payload;
}
