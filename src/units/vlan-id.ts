import type { Brand } from "./brand.ts";

/** An IEEE 802.1Q VLAN identifier that can carry traffic: 1 to 4094 (0 is the priority tag, 4095 reserved). */
export type VlanId = Brand<number, "VlanId">;

/** @throws RangeError naming the value and the range. */
export function vlanId(value: number): VlanId {
  if (!Number.isInteger(value) || value < 1 || value > 4094) {
    throw new RangeError(`VLAN id ${value}: use an integer from 1 to 4094`);
  }
  return value as VlanId;
}
