import { closeFile, openFile, openFlags, writeFile } from "../machine/libc/files.ts";
import type { PacketBatch } from "./packet-batch.ts";
import { snapLength } from "./packet-batch.ts";
import {
  blockType,
  interfaceDescription,
  interfaceStatistics,
  sectionHeader,
} from "./pcapng-blocks.ts";

const bufferBytes = 1024 * 1024;
/** An Enhanced Packet Block around the largest packet, with a VLAN tag put back. */
const largestBlock = snapLength + 4 + 48;
/** Header, epb_flags, end of options, trailing length. */
const blockOverhead = 28 + 8 + 4 + 4;
const addressWords = 3;
const two32 = 4_294_967_296;
/** epb_flags by `sll_pkttype`: direction in bits 0 and 1, reception type in bits 2 to 4. */
const flagsByType = [0x1 | (1 << 2), 0x1 | (3 << 2), 0x1 | (2 << 2), 0x1 | (4 << 2), 0x2] as const;

export type InterfaceBlock = { readonly name: string; readonly description: string };

/** A pcapng file being written: one section, one interface block for each point, packets as they come. */
export class PcapngFile implements Disposable {
  readonly #fd: number;
  readonly #bytes: Uint8Array = new Uint8Array(new ArrayBuffer(bufferBytes + largestBlock));
  readonly #words: Uint32Array = new Uint32Array(this.#bytes.buffer);
  #length = 0;
  #packets = 0;
  #failure: string | undefined;
  #second = -1;
  #secondHigh = 0;
  #secondLow = 0;

  /** Makes the file, with its section header and interface blocks on the disk. @throws SystemError */
  constructor(path: string, interfaces: readonly InterfaceBlock[]) {
    this.#fd = openFile(path, openFlags.writeOnly | openFlags.create | openFlags.truncate, 0o644);
    this.#append(sectionHeader("lab"));
    for (const block of interfaces) this.#append(interfaceDescription(block, snapLength));
    this.flush();
  }

  /** Packets so far: the frame number of the last one. */
  get packets(): number {
    return this.#packets;
  }

  /** Whether something waits for `flush`. */
  get pending(): boolean {
    return this.#length > 0;
  }

  /** Why the disk did not take everything; nothing is written after that. */
  get failure(): string | undefined {
    return this.#failure;
  }

  /** Appends packet `index` of a batch, its VLAN tag put back. Returns its frame number. */
  packet(interfaceId: number, batch: PacketBatch, index: number): number {
    const captured = batch.captured[index] ?? 0;
    const tag = captured >= addressWords * 4 ? (batch.tag[index] ?? 0) : 0;
    const tagBytes = tag === 0 ? 0 : 4;
    const padded = (captured + tagBytes + 3) & ~3;
    const total = padded + blockOverhead;
    const words = this.#words;
    let at = this.#length / 4;
    words[at] = blockType.enhancedPacket;
    words[at + 1] = total;
    words[at + 2] = interfaceId;
    this.#time(at + 3, batch.seconds[index] ?? 0, batch.nanoseconds[index] ?? 0);
    words[at + 5] = captured + tagBytes;
    words[at + 6] = (batch.original[index] ?? 0) + tagBytes;
    this.#frame(at + 7, batch, index, captured, tag);
    at += 7 + padded / 4;
    words[at] = 0x0004_0002;
    words[at + 1] = flagsByType[batch.packetType[index] ?? 0] ?? 0;
    words[at + 2] = 0;
    words[at + 3] = total;
    this.#length += total;
    this.#packets += 1;
    if (this.#length >= bufferBytes) this.flush();
    return this.#packets;
  }

  /** Nanoseconds since the epoch as two words; the multiplication is done once for each second. */
  #time(at: number, seconds: number, nanoseconds: number): void {
    if (seconds !== this.#second) {
      const value = BigInt(seconds) * 1_000_000_000n;
      this.#second = seconds;
      this.#secondHigh = Number(value >> 32n);
      this.#secondLow = Number(value & 0xffff_ffffn);
    }
    const low = this.#secondLow + nanoseconds;
    this.#words[at] = low >= two32 ? this.#secondHigh + 1 : this.#secondHigh;
    this.#words[at + 1] = low >= two32 ? low - two32 : low;
  }

  /** Frames, the room for them and the padding all begin and end at multiples of four bytes. */
  #frame(at: number, batch: PacketBatch, index: number, captured: number, tag: number): void {
    const from = batch.offset(index);
    const start = at * 4;
    const tagBytes = tag === 0 ? 0 : 4;
    // A last word beyond the frame is zero, whatever an earlier frame left there.
    this.#words[at + ((captured + tagBytes + 3) >> 2) - 1] = 0;
    if (tag === 0) {
      this.#copy(start, batch.bytes, from, captured);
      return;
    }
    const head = addressWords * 4;
    this.#copy(start, batch.bytes, from, head);
    this.#bytes[start + head] = tag >>> 24;
    this.#bytes[start + head + 1] = (tag >>> 16) & 0xff;
    this.#bytes[start + head + 2] = (tag >>> 8) & 0xff;
    this.#bytes[start + head + 3] = tag & 0xff;
    this.#copy(start + head + 4, batch.bytes, from + head, captured - head);
  }

  /** Below some hundred bytes a loop is faster than the view that `set` needs. */
  #copy(to: number, source: Uint8Array, from: number, length: number): void {
    const bytes = this.#bytes;
    if (length > 128) {
      bytes.set(source.subarray(from, from + length), to);
      return;
    }
    for (let index = 0; index < length; index++) bytes[to + index] = source[from + index] ?? 0;
  }

  /** Appends the counters that end an interface's recording. */
  statistics(interfaceId: number, received: number, dropped: number, now: bigint): void {
    this.#append(interfaceStatistics(interfaceId, received, dropped, now));
  }

  #append(block: Uint8Array): void {
    if (this.#length + block.length > this.#bytes.length) this.flush();
    this.#bytes.set(block, this.#length);
    this.#length += block.length;
  }

  /** Hands everything to the system; a full disk shows in `failure`. */
  flush(): void {
    const end = this.#length;
    this.#length = 0;
    try {
      for (let done = 0; done < end && this.#failure === undefined; ) {
        done += writeFile(this.#fd, this.#bytes.subarray(done, end));
      }
    } catch (error) {
      this.#failure = `cannot write the recording: ${String(error)}`;
    }
  }

  [Symbol.dispose](): void {
    closeFile(this.#fd);
  }
}
