import { OptionCode } from "./pcapng-options.ts";
import { BlockType, byteOrderMagic } from "./pcapng-reader.ts";
import { Direction, LinkType } from "./recording.ts";

export type InterfaceToWrite = {
  readonly name: string;
  readonly description?: string;
  /** LINKTYPE_ value, Ethernet unless said. */
  readonly linkType?: number;
  /** 0 (no limit) unless said. */
  readonly snapLength?: number;
};

/** Counters of one interface at the end of a recording; what is unknown stays out of the file. */
export type CountersToWrite = {
  readonly seconds: number;
  readonly nanoseconds: number;
  readonly received?: number;
  readonly dropped?: number;
  readonly osDropped?: number;
};

const nanosecondResolution = 9;
const twoTo32 = 4_294_967_296;

/**
 * Makes a little-endian pcapng section with nanosecond time stamps (draft-ietf-opsawg-pcapng). Blocks gather in one
 * growing buffer; `take` hands them over and starts again, so that the caller chooses how much to write at once.
 */
export class PcapngWriter {
  #bytes: Uint8Array;
  #view: DataView;
  #length = 0;
  #interfaces = 0;

  /** @param application who wrote the file (shb_userappl) */
  constructor(application: string, capacity: number = 1 << 16) {
    this.#bytes = new Uint8Array(capacity);
    this.#view = new DataView(this.#bytes.buffer);
    this.#writeSectionHeader(application);
  }

  /** Bytes that `take` would give now. */
  get length(): number {
    return this.#length;
  }

  /** Section 4.2. Returns the interface's id, counting from 0. */
  addInterface(description: InterfaceToWrite): number {
    const start = this.#begin(BlockType.interfaceDescription);
    this.#u16(description.linkType ?? LinkType.ethernet);
    this.#u16(0);
    this.#u32(description.snapLength ?? 0);
    this.#textOption(OptionCode.interfaceName, description.name);
    if (description.description !== undefined) {
      this.#textOption(OptionCode.interfaceDescription, description.description);
    }
    this.#option(OptionCode.timestampResolution, 1);
    this.#u8(nanosecondResolution);
    this.#end(start);
    return this.#interfaces++;
  }

  /** Section 4.3. @param originalLength on the wire; more than `length` when cut by a snap length. */
  addPacket(
    interfaceId: number,
    seconds: number,
    nanoseconds: number,
    direction: Direction,
    bytes: Uint8Array,
    offset = 0,
    length: number = bytes.length - offset,
    originalLength: number = length,
  ): void {
    const padded = (length + 3) & ~3;
    const total = direction === Direction.unknown ? 32 + padded : 44 + padded;
    this.#reserve(total);
    const view = this.#view;
    const start = this.#length;
    view.setUint32(start, BlockType.enhancedPacket, true);
    view.setUint32(start + 4, total, true);
    view.setUint32(start + 8, interfaceId, true);
    this.#putTime(start + 12, seconds, nanoseconds);
    view.setUint32(start + 20, length, true);
    view.setUint32(start + 24, originalLength, true);
    const data = start + 28;
    const wholeChunk = offset === 0 && length === bytes.length;
    this.#bytes.set(wholeChunk ? bytes : bytes.subarray(offset, offset + length), data);
    this.#bytes.fill(0, data + length, data + padded);
    if (direction !== Direction.unknown) this.#putFlags(data + padded, direction);
    view.setUint32(start + total - 4, total, true);
    this.#length = start + total;
  }

  /** Section 4.6. */
  addStatistics(interfaceId: number, counters: CountersToWrite): void {
    const start = this.#begin(BlockType.interfaceStatistics);
    this.#u32(interfaceId);
    this.#reserve(8);
    this.#putTime(this.#length, counters.seconds, counters.nanoseconds);
    this.#length += 8;
    this.#counterOption(OptionCode.statisticsReceived, counters.received);
    this.#counterOption(OptionCode.statisticsDropped, counters.dropped);
    this.#counterOption(OptionCode.statisticsOsDropped, counters.osDropped);
    this.#end(start);
  }

  /** The blocks since the last call, as a copy the caller owns. */
  take(): Uint8Array {
    const taken = this.#bytes.slice(0, this.#length);
    this.#length = 0;
    return taken;
  }

  #writeSectionHeader(application: string): void {
    const start = this.#begin(BlockType.sectionHeader);
    this.#u32(byteOrderMagic);
    this.#u16(1);
    this.#u16(0);
    // Section length -1: not given, since the file grows while it is written.
    this.#u32(0xffff_ffff);
    this.#u32(0xffff_ffff);
    this.#textOption(OptionCode.userApplication, application);
    this.#end(start);
  }

  #putTime(offset: number, seconds: number, nanoseconds: number): void {
    // seconds * 10^9 exceeds 2^53: the product is taken in two halves of 32 bits.
    const upper = Math.floor(seconds / 65_536) * 1_000_000_000;
    const lower = (seconds % 65_536) * 1_000_000_000 + nanoseconds;
    const low = (upper % 65_536) * 65_536 + (lower % twoTo32);
    const high =
      Math.floor(upper / 65_536) + Math.floor(lower / twoTo32) + Math.floor(low / twoTo32);
    this.#view.setUint32(offset, high, true);
    this.#view.setUint32(offset + 4, low % twoTo32, true);
  }

  #putFlags(offset: number, direction: Direction): void {
    this.#view.setUint16(offset, OptionCode.packetFlags, true);
    this.#view.setUint16(offset + 2, 4, true);
    this.#view.setUint32(offset + 4, direction, true);
    this.#view.setUint32(offset + 8, OptionCode.endOfOptions, true);
  }

  #begin(type: number): number {
    const start = this.#length;
    this.#u32(type);
    this.#u32(0);
    return start;
  }

  /** Ends the option list and the block, and fills in its length twice. */
  #end(start: number): void {
    this.#pad();
    this.#u32(OptionCode.endOfOptions);
    const total = this.#length + 4 - start;
    this.#u32(total);
    this.#view.setUint32(start + 4, total, true);
  }

  #option(code: number, length: number): void {
    this.#pad();
    this.#u16(code);
    this.#u16(length);
  }

  #textOption(code: number, text: string): void {
    const bytes = new TextEncoder().encode(text);
    this.#option(code, bytes.length);
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  #counterOption(code: number, value: number | undefined): void {
    if (value === undefined) return;
    this.#option(code, 8);
    this.#u32(value % twoTo32);
    this.#u32(Math.floor(value / twoTo32));
  }

  #pad(): void {
    while (this.#length % 4 !== 0) this.#u8(0);
  }

  #u8(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#length++] = value;
  }

  #u16(value: number): void {
    this.#reserve(2);
    this.#view.setUint16(this.#length, value, true);
    this.#length += 2;
  }

  #u32(value: number): void {
    this.#reserve(4);
    this.#view.setUint32(this.#length, value, true);
    this.#length += 4;
  }

  #reserve(more: number): void {
    const wanted = this.#length + more;
    if (wanted <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(wanted, 2 * this.#bytes.length));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
    this.#view = new DataView(larger.buffer);
  }
}
