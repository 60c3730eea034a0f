import fc from "fast-check";
import { type IpAddress, ipFromBigInt } from "../../../src/units/ip.ts";
import { type Mac, macFromBytes } from "../../../src/units/mac.ts";

export const byte: fc.Arbitrary<number> = fc.integer({ min: 0, max: 0xff });
export const word: fc.Arbitrary<number> = fc.integer({ min: 0, max: 0xffff });
export const long: fc.Arbitrary<number> = fc.integer({ min: 0, max: 0xffff_ffff });
export const macs: fc.Arbitrary<Mac> = fc
  .uint8Array({ minLength: 6, maxLength: 6 })
  .map((bytes) => macFromBytes(bytes));
export const addresses4: fc.Arbitrary<IpAddress> = fc
  .bigInt(0n, 2n ** 32n - 1n)
  .map((value) => ipFromBigInt(value, 4));
export const addresses6: fc.Arbitrary<IpAddress> = fc
  .bigInt(0n, 2n ** 128n - 1n)
  .map((value) => ipFromBigInt(value, 6));
export const payloads: fc.Arbitrary<Uint8Array> = fc.uint8Array({ maxLength: 200 });

/** Bytes before and after, so that an offset which is ignored is noticed. */
export function surrounded(bytes: Uint8Array): { bytes: Uint8Array; offset: number } {
  const whole = new Uint8Array(bytes.length + 7).fill(0xa5);
  whole.set(bytes, 3);
  return { bytes: whole, offset: 3 };
}
