import { uint16, uint32, writeUint16, writeUint32 } from "./byte-order.ts";

/** ERSPAN type II header, draft-foschiano-erspan-03 section 4.2. It follows a GRE header with a sequence number. */
export type ErspanHeader = {
  /** VLAN of the mirrored frame, 12 bits. */
  readonly vlan: number;
  /** Class of service, 3 bits. */
  readonly priority: number;
  /** 2 bits: 0 untagged, 1 ISL, 2 802.1Q, 3 the tag is kept in the frame. */
  readonly encapsulation: number;
  readonly truncated: boolean;
  /** 10 bits. */
  readonly session: number;
  /** Port index, 20 bits. */
  readonly index: number;
};

export function encodeErspan(header: ErspanHeader): Uint8Array {
  const bytes = new Uint8Array(8);
  writeUint16(bytes, 0, 0x1000 | header.vlan);
  const cos = (header.priority << 13) | (header.encapsulation << 11);
  writeUint16(bytes, 2, cos | (header.truncated ? 0x400 : 0) | header.session);
  writeUint32(bytes, 4, header.index);
  return bytes;
}

/** Undefined below 8 bytes or for other types (version field not 1). */
export function decodeErspan(bytes: Uint8Array, offset = 0): ErspanHeader | undefined {
  if (bytes.length - offset < 8 || (bytes[offset] as number) >> 4 !== 1) return undefined;
  const second = uint16(bytes, offset + 2);
  return {
    vlan: uint16(bytes, offset) & 0xfff,
    priority: second >>> 13,
    encapsulation: (second >>> 11) & 3,
    truncated: (second & 0x400) !== 0,
    session: second & 0x3ff,
    index: uint32(bytes, offset + 4) & 0xf_ffff,
  };
}
