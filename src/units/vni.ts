import type { Brand } from "./brand.ts";

/** A VXLAN network identifier, 0 to 2^24-1 (RFC 7348 section 5). */
export type Vni = Brand<number, "Vni">;

/** @throws RangeError naming the value and the range. */
export function vni(value: number): Vni {
  if (!Number.isInteger(value) || value < 0 || value > 0xff_ffff) {
    throw new RangeError(`VNI ${value}: use an integer from 0 to 16777215`);
  }
  return value as Vni;
}
