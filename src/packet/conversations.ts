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

/** Where a conversation's row holds what; eight numbers are one cache line. */
const Field = {
  first: 0,
  second: 1,
  framesToFirst: 2,
  bytesToFirst: 3,
  framesToSecond: 4,
  bytesToSecond: 5,
  start: 6,
  stop: 7,
} as const;
const rowLength = 8;

/**
 * The IPv4 conversations of a recording, as `tshark -z conv,ip` counts them: every IPv4 header of a frame counts with
 * the length of the whole frame, those inside tunnels too; headers quoted by ICMP errors do not count.
 *
 * 72 to 144 bytes a conversation in typed arrays with open addressing: nothing is allocated per packet.
 */
export class ConversationTable {
  #size = 0;
  #rows = new Float64Array(rowLength * 1024);
  /** Index + 1 of a conversation, 0 = free; twice as many as rows. */
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
    const at = this.#find(source, uint32(bytes, ipOffset + 16), time);
    const rows = this.#rows;
    const side = rows[at + Field.first] === source ? Field.framesToSecond : Field.framesToFirst;
    (rows[at + side] as number)++;
    (rows[at + side + 1] as number) += length;
    if (time > (rows[at + Field.stop] as number)) rows[at + Field.stop] = time;
    else if (time < (rows[at + Field.start] as number)) rows[at + Field.start] = time;
  }

  /** Where the row of these two begins; a new one when they were not seen before. */
  #find(source: number, destination: number, time: number): number {
    const mask = this.#slots.length - 1;
    const rows = this.#rows;
    let slot = hashOf(source, destination) & mask;
    for (;;) {
      const index = (this.#slots[slot] as number) - 1;
      if (index < 0) return this.#insert(source, destination, time, slot);
      const at = index * rowLength;
      const first = rows[at];
      const second = rows[at + 1];
      if (first === source && second === destination) return at;
      if (first === destination && second === source) return at;
      slot = (slot + 1) & mask;
    }
  }

  #insert(source: number, destination: number, time: number, slot: number): number {
    const at = this.#size++ * rowLength;
    const rows = this.#rows;
    rows[at + Field.first] = source;
    rows[at + Field.second] = destination;
    rows[at + Field.start] = time;
    rows[at + Field.stop] = time;
    this.#slots[slot] = this.#size;
    if (at + rowLength === rows.length) this.#grow();
    return at;
  }

  #grow(): void {
    const rows = new Float64Array(2 * this.#rows.length);
    rows.set(this.#rows);
    this.#rows = rows;
    this.#slots = new Uint32Array(2 * this.#slots.length);
    const mask = this.#slots.length - 1;
    for (let index = 0; index < this.#size; index++) {
      const at = index * rowLength;
      let slot = hashOf(rows[at] as number, rows[at + 1] as number) & mask;
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
      this.#slots[slot] = index + 1;
    }
  }

  /** Most frames first; equal ones in the order in which they began in the file. */
  *conversations(): Generator<Conversation> {
    const totals = Float64Array.from(
      { length: this.#size },
      (_, index) =>
        this.#field(index, Field.framesToFirst) + this.#field(index, Field.framesToSecond),
    );
    const order = Uint32Array.from({ length: this.#size }, (_, index) => index);
    order.sort(
      (left, right) => (totals[right] as number) - (totals[left] as number) || left - right,
    );
    for (const index of order) yield this.#conversation(index);
  }

  #field(index: number, field: number): number {
    return this.#rows[index * rowLength + field] as number;
  }

  #conversation(index: number): Conversation {
    return {
      first: dotted(this.#field(index, Field.first)),
      second: dotted(this.#field(index, Field.second)),
      framesToFirst: this.#field(index, Field.framesToFirst),
      bytesToFirst: this.#field(index, Field.bytesToFirst),
      framesToSecond: this.#field(index, Field.framesToSecond),
      bytesToSecond: this.#field(index, Field.bytesToSecond),
      startNanoseconds: this.#field(index, Field.start),
      stopNanoseconds: this.#field(index, Field.stop),
    };
  }
}

function dotted(address: number): string {
  return `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`;
}
