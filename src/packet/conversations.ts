import { uint32 } from "./byte-order.ts";
import type { Decoded, Level } from "./decoded.ts";
import type { PacketRecord } from "./recording.ts";

/** What two IPv4 addresses sent each other; `first` is the source of their first packet. */
export type Conversation = {
  readonly first: string;
  readonly second: string;
  readonly framesToFirst: number;
  readonly bytesToFirst: number;
  readonly framesToSecond: number;
  readonly bytesToSecond: number;
  /** Nanoseconds after the first packet of the recording. */
  readonly startNanoseconds: number;
  readonly stopNanoseconds: number;
};

/** Multiplicative hashing (Knuth, volume 3, section 6.4) of a pair, the same for both orders. */
function hashOf(one: number, other: number): number {
  const mixed =
    Math.imul(one, 0x9e37_79b1) +
    Math.imul(other, 0x9e37_79b1) +
    Math.imul(one ^ other, 0x85eb_ca6b);
  return (mixed ^ (mixed >>> 15)) >>> 0;
}

function larger<A extends Uint32Array | Float64Array>(array: A, into: A): A {
  into.set(array);
  return into;
}

/**
 * The IPv4 conversations of a recording, as `tshark -z conv,ip` counts them: every IPv4 header of a frame counts with
 * the length of the whole frame, those inside tunnels too; headers quoted by ICMP errors do not count.
 *
 * 52 bytes a conversation in typed arrays, and open addressing: nothing is allocated per packet.
 */
export class ConversationTable {
  #size = 0;
  #first = new Uint32Array(1024);
  #second = new Uint32Array(1024);
  /** Per conversation: frames and bytes to the first, frames and bytes to the second, start, stop. */
  #counters = new Float64Array(6 * 1024);
  /** Index + 1 of a conversation, 0 = free; twice as many as conversations fit. */
  #slots = new Uint32Array(2048);
  #startSeconds = -1;
  #startNanoseconds = 0;

  /** Conversations so far. */
  get size(): number {
    return this.#size;
  }

  /** Every packet of the recording is to be given, also those without IP: the first one is the start of time. */
  add(record: PacketRecord, bytes: Uint8Array, decoded: Decoded): void {
    if (this.#startSeconds < 0) {
      this.#startSeconds = record.seconds;
      this.#startNanoseconds = record.nanoseconds;
    }
    const time =
      (record.seconds - this.#startSeconds) * 1e9 + (record.nanoseconds - this.#startNanoseconds);
    for (let index = 0; index < decoded.levelCount; index++) {
      const level = decoded.levels[index] as Level;
      if (level.ipVersion === 4) this.#count(bytes, level.ipOffset, record.originalLength, time);
    }
  }

  #count(bytes: Uint8Array, ipOffset: number, length: number, time: number): void {
    const source = uint32(bytes, ipOffset + 12);
    const destination = uint32(bytes, ipOffset + 16);
    const index = this.#indexOf(source, destination, time);
    const forward = this.#first[index] === source;
    const at = index * 6;
    const counters = this.#counters;
    const side = forward ? at + 2 : at;
    (counters[side] as number)++;
    (counters[side + 1] as number) += length;
    if (time > (counters[at + 5] as number)) counters[at + 5] = time;
    else if (time < (counters[at + 4] as number)) counters[at + 4] = time;
  }

  #indexOf(source: number, destination: number, time: number): number {
    const mask = this.#slots.length - 1;
    let slot = hashOf(source, destination) & mask;
    for (;;) {
      const found = (this.#slots[slot] as number) - 1;
      if (found < 0) return this.#insert(source, destination, time, slot);
      const first = this.#first[found];
      const second = this.#second[found];
      if (first === source && second === destination) return found;
      if (first === destination && second === source) return found;
      slot = (slot + 1) & mask;
    }
  }

  #insert(source: number, destination: number, time: number, slot: number): number {
    const index = this.#size++;
    this.#first[index] = source;
    this.#second[index] = destination;
    this.#counters[index * 6 + 4] = time;
    this.#counters[index * 6 + 5] = time;
    this.#slots[slot] = index + 1;
    if (this.#size === this.#first.length) this.#grow();
    return index;
  }

  #grow(): void {
    const capacity = 2 * this.#first.length;
    this.#first = larger(this.#first, new Uint32Array(capacity));
    this.#second = larger(this.#second, new Uint32Array(capacity));
    this.#counters = larger(this.#counters, new Float64Array(6 * capacity));
    this.#slots = new Uint32Array(2 * capacity);
    const mask = this.#slots.length - 1;
    for (let index = 0; index < this.#size; index++) {
      let slot = hashOf(this.#first[index] as number, this.#second[index] as number) & mask;
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
      this.#slots[slot] = index + 1;
    }
  }

  /** Most frames first; equal ones in the order in which they began in the file. */
  *conversations(): Generator<Conversation> {
    const counters = this.#counters;
    const total = (index: number) =>
      (counters[index * 6] as number) + (counters[index * 6 + 2] as number);
    const order = Uint32Array.from({ length: this.#size }, (_, index) => index);
    order.sort((left, right) => total(right) - total(left) || left - right);
    for (const index of order) yield this.#conversation(index);
  }

  #conversation(index: number): Conversation {
    const at = 6 * index;
    const counter = (offset: number) => this.#counters[at + offset] as number;
    return {
      first: dotted(this.#first[index] as number),
      second: dotted(this.#second[index] as number),
      framesToFirst: counter(0),
      bytesToFirst: counter(1),
      framesToSecond: counter(2),
      bytesToSecond: counter(3),
      startNanoseconds: counter(4),
      stopNanoseconds: counter(5),
    };
  }
}

function dotted(address: number): string {
  return `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`;
}
