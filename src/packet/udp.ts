import { uint16, writeUint16 } from "./byte-order.ts";

/** UDP header, RFC 768. */
export type UdpHeader = {
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** Header and payload. */
  readonly length: number;
  /** 0: none (IPv4 only). `frame.ts` computes it. */
  readonly checksum: number;
};

export function encodeUdp(header: UdpHeader): Uint8Array {
  const bytes = new Uint8Array(8);
  writeUint16(bytes, 0, header.sourcePort);
  writeUint16(bytes, 2, header.destinationPort);
  writeUint16(bytes, 4, header.length);
  writeUint16(bytes, 6, header.checksum);
  return bytes;
}

/** Undefined below 8 bytes. */
export function decodeUdp(bytes: Uint8Array, offset = 0): UdpHeader | undefined {
  if (bytes.length - offset < 8) return undefined;
  return {
    sourcePort: uint16(bytes, offset),
    destinationPort: uint16(bytes, offset + 2),
    length: uint16(bytes, offset + 4),
    checksum: uint16(bytes, offset + 6),
  };
}
