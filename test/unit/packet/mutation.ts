import { concatBytes } from "../../../src/packet/byte-order.ts";

/** Small and fast, and the same on every machine: mulberry32. */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Values that length and type fields break on. */
const awkward = [0, 1, 3, 4, 7, 8, 0x7f, 0x80, 0xfe, 0xff];

function changeByte(bytes: Uint8Array, random: () => number): void {
  const at = Math.floor(random() * bytes.length);
  const any = Math.floor(random() * 256);
  bytes[at] = random() < 0.5 ? any : (awkward[any % awkward.length] ?? 0);
}

/** A part cut off, left out or doubled. */
function changeShape(bytes: Uint8Array, random: () => number): Uint8Array {
  const from = Math.floor(random() * bytes.length);
  const to = Math.min(bytes.length, from + Math.floor(random() * 64));
  const kind = random();
  if (kind < 0.33) return bytes.slice(0, from);
  return concatBytes([
    bytes.subarray(0, kind < 0.67 ? from : to),
    bytes.subarray(kind < 0.67 ? to : from),
  ]);
}

/** A copy with one to eight faults: bytes changed, a part removed, doubled or cut off. */
export function mutate(original: Uint8Array, random: () => number): Uint8Array {
  let bytes: Uint8Array = new Uint8Array(original);
  for (let faults = 1 + Math.floor(random() * 8); faults > 0 && bytes.length > 0; faults--) {
    if (random() < 0.85) changeByte(bytes, random);
    else bytes = changeShape(bytes, random);
  }
  return bytes;
}
