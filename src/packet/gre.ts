import { uint16, uint32, writeUint16, writeUint32 } from "./byte-order.ts";
import type { Located } from "./ethernet.ts";

/** GRE header, RFC 2784 section 2.1, with the key and sequence number of RFC 2890 section 2. */
export type GreHeader = {
  /** EtherType of what is carried. */
  readonly protocol: number;
  readonly checksum?: number;
  readonly key?: number;
  readonly sequence?: number;
};

export function encodeGre(header: GreHeader): Uint8Array {
  const fields = [
    { flag: 0x8000, value: header.checksum === undefined ? undefined : header.checksum * 0x1_0000 },
    { flag: 0x2000, value: header.key },
    { flag: 0x1000, value: header.sequence },
  ].filter((field) => field.value !== undefined);
  const bytes = new Uint8Array(4 + 4 * fields.length);
  let flags = 0;
  for (const [index, field] of fields.entries()) {
    flags |= field.flag;
    writeUint32(bytes, 4 + 4 * index, field.value ?? 0);
  }
  writeUint16(bytes, 0, flags);
  writeUint16(bytes, 2, header.protocol);
  return bytes;
}

/** Undefined where the header is cut short, has RFC 1701 routing or is not version 0. */
export function decodeGre(bytes: Uint8Array, offset = 0): Located<GreHeader> | undefined {
  if (bytes.length - offset < 4) return undefined;
  const flags = uint16(bytes, offset);
  if ((flags & 0x4007) !== 0) return undefined;
  const checksumAt = offset + 4;
  const keyAt = checksumAt + ((flags & 0x8000) === 0 ? 0 : 4);
  const sequenceAt = keyAt + ((flags & 0x2000) === 0 ? 0 : 4);
  const payloadOffset = sequenceAt + ((flags & 0x1000) === 0 ? 0 : 4);
  if (bytes.length < payloadOffset) return undefined;
  const header: GreHeader = {
    protocol: uint16(bytes, offset + 2),
    ...(keyAt === checksumAt ? {} : { checksum: uint16(bytes, checksumAt) }),
    ...(sequenceAt === keyAt ? {} : { key: uint32(bytes, keyAt) }),
    ...(payloadOffset === sequenceAt ? {} : { sequence: uint32(bytes, sequenceAt) }),
  };
  return { header, payloadOffset };
}
