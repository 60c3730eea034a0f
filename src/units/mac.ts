import type { Brand } from "./brand.ts";

/** A MAC address as six lower-case hexadecimal pairs: `02:00:5e:10:00:01`. */
export type Mac = Brand<string, "Mac">;

/** Accepts colons or hyphens and either case. @throws RangeError naming the text and the form. */
export function mac(text: string): Mac {
  const normal = text.toLowerCase().replaceAll("-", ":");
  if (!/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(normal)) {
    throw new RangeError(
      `MAC address "${text}": write six hexadecimal pairs, such as 02:00:5e:10:00:01`,
    );
  }
  return normal as Mac;
}

/** The six octets of an address. */
export function macToBytes(address: Mac): Uint8Array {
  return Uint8Array.from(address.split(":"), (pair) => Number.parseInt(pair, 16));
}

/** Reads six octets at `offset`. */
export function macFromBytes(bytes: Uint8Array, offset = 0): Mac {
  let text = "";
  for (let index = 0; index < 6; index++) {
    text += (index === 0 ? "" : ":") + (bytes[offset + index] ?? 0).toString(16).padStart(2, "0");
  }
  return text as Mac;
}
