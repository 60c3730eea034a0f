import { uint32, writeUint32 } from "./byte-order.ts";

/**
 * Sixteen bytes that survive address rewriting and encapsulation: eight of magic, then two numbers, big-endian.
 * At the start of a UDP, ICMP or TCP payload, or right after the EtherType of a crafted frame.
 */
export const tokenLength = 16;

/** What a probe carries: which probe of the run, and which of its packets. Both 0 to 2^32-1. */
export type ProbeToken = { readonly index: number; readonly sequence: number };

/** What a sentinel carries: which sentinel of the run, and the recorded interface it ends. */
export type SentinelToken = { readonly sentinel: number; readonly interfaceId: number };

// Bytes above 127 keep text out, the random tail keeps other binary protocols out.
const probeMagic = [0xd31ab0f5, 0x9e6c4d27] as const;
const sentinelMagic = [0xd35e4791, 0xe1c60b8d] as const;

function encode(magic: readonly [number, number], first: number, second: number): Uint8Array {
  const bytes = new Uint8Array(tokenLength);
  writeUint32(bytes, 0, magic[0]);
  writeUint32(bytes, 4, magic[1]);
  writeUint32(bytes, 8, first);
  writeUint32(bytes, 12, second);
  return bytes;
}

export function encodeProbeToken(token: ProbeToken): Uint8Array {
  return encode(probeMagic, token.index, token.sequence);
}

export function encodeSentinelToken(token: SentinelToken): Uint8Array {
  return encode(sentinelMagic, token.sentinel, token.interfaceId);
}

function isAt(
  magic: readonly [number, number],
  bytes: Uint8Array,
  offset: number,
  end: number,
): boolean {
  return (
    end - offset >= tokenLength &&
    uint32(bytes, offset) === magic[0] &&
    uint32(bytes, offset + 4) === magic[1]
  );
}

/** Whether a probe token lies at `offset`, all of it before `end`. */
export function isProbeToken(bytes: Uint8Array, offset: number, end: number): boolean {
  return isAt(probeMagic, bytes, offset, end);
}

/** Undefined where no probe token lies at `offset`. */
export function decodeProbeToken(bytes: Uint8Array, offset = 0): ProbeToken | undefined {
  if (!isAt(probeMagic, bytes, offset, bytes.length)) return undefined;
  return { index: uint32(bytes, offset + 8), sequence: uint32(bytes, offset + 12) };
}

/** Undefined where no sentinel token lies at `offset`. */
export function decodeSentinelToken(bytes: Uint8Array, offset = 0): SentinelToken | undefined {
  if (!isAt(sentinelMagic, bytes, offset, bytes.length)) return undefined;
  return { sentinel: uint32(bytes, offset + 8), interfaceId: uint32(bytes, offset + 12) };
}

/**
 * Offset of the first probe token in `[start, end)`, or -1. At `start` it costs two comparisons, so give the payload
 * of a decoded frame first, and the whole frame only where a token is to be found behind unknown headers.
 */
export function findToken(bytes: Uint8Array, start: number, end: number): number {
  return find(probeMagic, bytes, start, end);
}

/** As `findToken`, for sentinels. */
export function findSentinel(bytes: Uint8Array, start: number, end: number): number {
  return find(sentinelMagic, bytes, start, end);
}

function find(
  magic: readonly [number, number],
  bytes: Uint8Array,
  start: number,
  end: number,
): number {
  const last = end - tokenLength;
  const firstByte = magic[0] >>> 24;
  for (let offset = start; offset <= last; offset++) {
    if (bytes[offset] === firstByte && isAt(magic, bytes, offset, end)) return offset;
  }
  return -1;
}
