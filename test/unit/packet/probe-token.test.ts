import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { concatBytes } from "../../../src/packet/byte-order.ts";
import {
  decodeProbeToken,
  decodeSentinelToken,
  encodeProbeToken,
  encodeSentinelToken,
  findSentinel,
  findToken,
  isProbeToken,
  tokenLength,
} from "../../../src/packet/probe-token.ts";
import { long } from "./arbitraries.ts";

const pair = fc.tuple(long, long);
const noise = fc.uint8Array({ maxLength: 60 });

describe("tokens", () => {
  test("are found wherever they lie, and read back", () => {
    fc.assert(
      fc.property(pair, noise, noise, ([index, sequence], before, after) => {
        const bytes = concatBytes([before, encodeProbeToken({ index, sequence }), after]);
        const offset = findToken(bytes, 0, bytes.length);
        expect(offset).toBe(before.length);
        expect(isProbeToken(bytes, offset, bytes.length)).toBe(true);
        expect(decodeProbeToken(bytes, offset)).toEqual({ index, sequence });
        expect(decodeSentinelToken(bytes, offset)).toBeUndefined();
        expect(findSentinel(bytes, 0, bytes.length)).toBe(-1);
      }),
    );
  });

  test("of sentinels have a magic of their own", () => {
    fc.assert(
      fc.property(pair, noise, ([sentinel, interfaceId], before) => {
        const bytes = concatBytes([before, encodeSentinelToken({ sentinel, interfaceId })]);
        expect(findSentinel(bytes, 0, bytes.length)).toBe(before.length);
        expect(decodeSentinelToken(bytes, before.length)).toEqual({ sentinel, interfaceId });
        expect(findToken(bytes, 0, bytes.length)).toBe(-1);
      }),
    );
  });

  test("must lie inside the range, whole", () => {
    const bytes = concatBytes([new Uint8Array(4), encodeProbeToken({ index: 1, sequence: 2 })]);
    expect(findToken(bytes, 0, bytes.length)).toBe(4);
    expect(findToken(bytes, 5, bytes.length)).toBe(-1);
    expect(findToken(bytes, 0, bytes.length - 1)).toBe(-1);
    expect(isProbeToken(bytes, 4, 4 + tokenLength - 1)).toBe(false);
    expect(decodeProbeToken(bytes.subarray(0, 19), 4)).toBeUndefined();
  });

  test("magic that begins twice is found the second time", () => {
    const token = encodeProbeToken({ index: 1, sequence: 2 });
    const bytes = concatBytes([token.subarray(0, 5), token]);
    expect(findToken(bytes, 0, bytes.length)).toBe(5);
  });
});
