import { type IpAddress, ipFromBigInt, ipToBigInt, ipVersion } from "../units/ip.ts";
import { uint32, writeUint32 } from "./byte-order.ts";

/** 4 or 16 octets in network order. */
export function ipToBytes(address: IpAddress): Uint8Array {
  const words = ipVersion(address) === 4 ? 1 : 4;
  const bytes = new Uint8Array(4 * words);
  let value = ipToBigInt(address);
  for (let word = words - 1; word >= 0; word--) {
    writeUint32(bytes, 4 * word, Number(value & 0xffff_ffffn));
    value >>= 32n;
  }
  return bytes;
}

/** Reads 4 or 16 octets at `offset`. */
export function ipFromBytes(bytes: Uint8Array, offset: number, version: 4 | 6): IpAddress {
  const words = version === 4 ? 1 : 4;
  let value = 0n;
  for (let word = 0; word < words; word++) {
    value = (value << 32n) | BigInt(uint32(bytes, offset + 4 * word));
  }
  return ipFromBigInt(value, version);
}
