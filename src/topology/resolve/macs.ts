import { type Mac, mac } from "../../units/mac.ts";
import { stableHash } from "./stable-hash.ts";

/** Gives out MAC addresses: the one that is written, or one derived from names; never the same twice. */
export type MacAllocator = (node: string, port: string, written: string | undefined) => Mac;

/** `reserved`: the addresses written anywhere in the file, which are not derived for anybody else. */
export function macAllocator(lab: string, reserved: Iterable<string>): MacAllocator {
  const used = new Set<string>([...reserved].map((text) => mac(text)));
  return (node, port, written) => {
    if (written !== undefined) return mac(written);
    for (let attempt = 0; ; attempt++) {
      const hash = stableHash(`${lab}/${node}/${port}/${attempt}`);
      // 02 in front: locally administered, unicast.
      const digits = `02${BigInt.asUintN(40, hash).toString(16).padStart(10, "0")}`;
      const address = mac((digits.match(/../g) ?? []).join(":"));
      if (used.has(address)) continue;
      used.add(address);
      return address;
    }
  };
}
