import { uint16 } from "./byte-order.ts";

/** Sum of 16-bit words, an odd last byte padded with zero (RFC 1071 section 1); add sums before folding. */
export function sumOfWords(bytes: Uint8Array, start = 0, end: number = bytes.length): number {
  let sum = 0;
  let offset = start;
  for (; offset + 1 < end; offset += 2) sum += uint16(bytes, offset);
  if (offset < end) sum += (bytes[offset] as number) << 8;
  return sum;
}

/** The one's complement of the folded sum: what goes into a checksum field. */
export function foldChecksum(sum: number): number {
  let folded = sum;
  while (folded > 0xffff) folded = (folded % 0x1_0000) + Math.floor(folded / 0x1_0000);
  return ~folded & 0xffff;
}

/** The internet checksum of RFC 1071; 0 over bytes that already hold a right checksum. */
export function internetChecksum(bytes: Uint8Array, start = 0, end: number = bytes.length): number {
  return foldChecksum(sumOfWords(bytes, start, end));
}

/** Sum of the pseudo header of TCP, UDP and ICMPv6 (RFC 9293 section 3.1, RFC 8200 section 8.1). */
export function pseudoHeaderSum(
  source: Uint8Array,
  destination: Uint8Array,
  protocol: number,
  length: number,
): number {
  const upper = Math.floor(length / 0x1_0000);
  return sumOfWords(source) + sumOfWords(destination) + protocol + upper + (length & 0xffff);
}
