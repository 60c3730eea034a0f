import { uint32, writeUint32 } from "./byte-order.ts";

/** IANA; RFC 7348 section 5. */
export const vxlanPort = 4789;
const vxlanHeaderLength = 8;

/** VXLAN header, RFC 7348 section 5. The I flag is set when the VNI is valid. */
export type VxlanHeader = { readonly vniValid: boolean; readonly vni: number };

export function encodeVxlan(header: VxlanHeader): Uint8Array {
  const bytes = new Uint8Array(vxlanHeaderLength);
  bytes[0] = header.vniValid ? 0x08 : 0;
  writeUint32(bytes, 4, (header.vni & 0xff_ffff) << 8);
  return bytes;
}

/** Undefined below 8 bytes. */
export function decodeVxlan(bytes: Uint8Array, offset = 0): VxlanHeader | undefined {
  if (bytes.length - offset < vxlanHeaderLength) return undefined;
  return {
    vniValid: ((bytes[offset] as number) & 0x08) !== 0,
    vni: uint32(bytes, offset + 4) >>> 8,
  };
}
