import { type Mac, macFromBytes, macToBytes } from "../units/mac.ts";
import { concatBytes, uint16, writeUint16 } from "./byte-order.ts";
import { isVlanTagType } from "./ether-type.ts";

/** One tag: IEEE 802.1Q clause 9.6 (TPID 0x8100) or 802.1ad (0x88a8). Id 0 is a priority tag. */
export type VlanTag = {
  readonly type: number;
  /** 0 to 7. */
  readonly priority: number;
  readonly dropEligible: boolean;
  /** 0 to 4095. */
  readonly id: number;
};

/** Ethernet II header with any number of tags, IEEE 802.3 clause 3; a type up to 1500 is the length of an LLC frame. */
export type EthernetHeader = {
  readonly destination: Mac;
  readonly source: Mac;
  /** Outermost first. */
  readonly tags: readonly VlanTag[];
  readonly type: number;
};

export type Located<Header> = {
  readonly header: Header;
  /** Where what the header carries begins. */
  readonly payloadOffset: number;
};

export function encodeEthernet(header: EthernetHeader): Uint8Array {
  const bytes = new Uint8Array(14 + 4 * header.tags.length);
  bytes.set(macToBytes(header.destination), 0);
  bytes.set(macToBytes(header.source), 6);
  let offset = 12;
  for (const tag of header.tags) {
    writeUint16(bytes, offset, tag.type);
    writeUint16(bytes, offset + 2, (tag.priority << 13) | (tag.dropEligible ? 0x1000 : 0) | tag.id);
    offset += 4;
  }
  writeUint16(bytes, offset, header.type);
  return bytes;
}

/** Undefined where the header is not there in full. */
export function decodeEthernet(bytes: Uint8Array, offset = 0): Located<EthernetHeader> | undefined {
  if (bytes.length - offset < 14) return undefined;
  const tags: VlanTag[] = [];
  let position = offset + 12;
  while (isVlanTagType(uint16(bytes, position))) {
    if (bytes.length - position < 6) return undefined;
    const control = uint16(bytes, position + 2);
    tags.push({
      type: uint16(bytes, position),
      priority: control >>> 13,
      dropEligible: (control & 0x1000) !== 0,
      id: control & 0xfff,
    });
    position += 4;
  }
  const header: EthernetHeader = {
    destination: macFromBytes(bytes, offset),
    source: macFromBytes(bytes, offset + 6),
    tags,
    type: uint16(bytes, position),
  };
  return { header, payloadOffset: position + 2 };
}

/** IEEE 802.2 LLC header with a control field of one byte (unnumbered frames). */
export type LlcHeader = {
  readonly destinationSap: number;
  readonly sourceSap: number;
  readonly control: number;
};

/** An 802.3 frame: length field, LLC header, payload; for the slow protocols that bridges treat in their own way. */
export function encodeLlcFrame(
  ethernet: Omit<EthernetHeader, "type">,
  llc: LlcHeader,
  payload: Uint8Array,
): Uint8Array {
  const header = encodeEthernet({ ...ethernet, type: 3 + payload.length });
  const control = Uint8Array.of(llc.destinationSap, llc.sourceSap, llc.control);
  return concatBytes([header, control, payload]);
}

/** Undefined below 3 bytes. */
export function decodeLlc(bytes: Uint8Array, offset = 0): LlcHeader | undefined {
  if (bytes.length - offset < 3) return undefined;
  return {
    destinationSap: bytes[offset] as number,
    sourceSap: bytes[offset + 1] as number,
    control: bytes[offset + 2] as number,
  };
}
