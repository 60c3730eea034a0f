import { type Mac, mac } from "../units/mac.ts";

export const broadcast: Mac = mac("ff:ff:ff:ff:ff:ff");

/**
 * A source address that no NIC of a lab has, so that a crafted frame teaches no switch a wrong place for a real one:
 * locally administered, `0e:` and 40 bits of FNV-1a over the text that names the probe.
 */
export function probeMac(text: string): Mac {
  let low = 0x811c9dc5;
  let high = 0x1234567;
  for (let index = 0; index < text.length; index++) {
    low = Math.imul(low ^ text.charCodeAt(index), 0x01000193) >>> 0;
    high = Math.imul(high ^ low, 0x01000193) >>> 0;
  }
  const digits = (high >>> 24).toString(16).padStart(2, "0") + low.toString(16).padStart(8, "0");
  return mac(`0e:${(digits.match(/../g) ?? []).join(":")}`);
}
