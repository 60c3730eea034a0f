import { uint16, uint16Little, uint32, uint32Little } from "./byte-order.ts";
import { type DescribedInterface, describeInterface, readStatistics } from "./pcapng-interface.ts";
import { findOption, OptionCode, readCounter } from "./pcapng-options.ts";
import { setTimestamp } from "./pcapng-time.ts";
import {
  createPacketRecord,
  type Direction,
  maximumCapturedLength,
  type PacketRecord,
  type RecordedInterface,
  type RecordingDiagnostic,
  type RecordingHandlers,
  type RecordingParser,
} from "./recording.ts";

/** Block types of pcapng (draft-ietf-opsawg-pcapng section 11.1). */
export const BlockType = {
  sectionHeader: 0x0a0d0d0a,
  interfaceDescription: 1,
  obsoletePacket: 2,
  simplePacket: 3,
  interfaceStatistics: 5,
  enhancedPacket: 6,
} as const;

export const byteOrderMagic = 0x1a2b3c4d;

/** As libpcap: a longer block is taken for damage. It is also what bounds the reader's memory. */
const maximumBlockLength = 16 * 1024 * 1024;
const maximumInterfaces = 65_536;
/** Type, two lengths; a Section Header Block also has its byte order here. */
const shortestBlock = 12;

/** Whether four bytes at `start` begin a Section Header Block. */
export function isPcapng(bytes: Uint8Array, start: number): boolean {
  return uint32(bytes, start) === BlockType.sectionHeader;
}

/** pcapng, draft-ietf-opsawg-pcapng: several sections, byte orders and interfaces in one file. */
export class PcapngParser implements RecordingParser {
  readonly format = "pcapng" as const;
  readonly interfaces: RecordedInterface[] = [];
  packets = 0;
  needed: number = shortestBlock;
  diagnostic: RecordingDiagnostic | undefined;
  readonly #record: PacketRecord = createPacketRecord();
  readonly #handlers: RecordingHandlers;
  /** Interfaces of the section being read, by their id. */
  #section: DescribedInterface[] = [];
  #sections = 0;
  #little = true;
  #u16: (bytes: Uint8Array, offset: number) => number = uint16Little;
  #u32: (bytes: Uint8Array, offset: number) => number = uint32Little;
  #blockOffset = 0;

  constructor(handlers: RecordingHandlers) {
    this.#handlers = handlers;
  }

  parse(bytes: Uint8Array, start: number, end: number, fileOffset: number): number {
    let position = start;
    this.#record.buffer = bytes;
    for (;;) {
      if (end - position < shortestBlock) {
        this.needed = shortestBlock;
        return position;
      }
      this.#blockOffset = fileOffset + position - start;
      const length = this.#blockLength(bytes, position);
      if (this.diagnostic !== undefined) return position;
      if (end - position < length) {
        this.needed = length;
        return position;
      }
      if (this.#u32(bytes, position + length - 4) !== length) {
        this.#fail("bad-block-length", `the block's two lengths differ (${length} at its start)`);
        return position;
      }
      this.#readBlock(bytes, position, length);
      if (this.diagnostic !== undefined) return position;
      position += length;
    }
  }

  #blockLength(bytes: Uint8Array, position: number): number {
    if (isPcapng(bytes, position) && !this.#readByteOrder(bytes, position)) return 0;
    const length = this.#u32(bytes, position + 4);
    if (length < shortestBlock || length % 4 !== 0 || length > maximumBlockLength) {
      this.#fail("bad-block-length", `the block claims a length of ${length} bytes`);
    }
    return length;
  }

  #readByteOrder(bytes: Uint8Array, position: number): boolean {
    const little = uint32Little(bytes, position + 8) === byteOrderMagic;
    if (!little && uint32(bytes, position + 8) !== byteOrderMagic) {
      this.#fail("bad-byte-order", "the section header has no byte-order magic");
      return false;
    }
    this.#little = little;
    this.#u16 = little ? uint16Little : uint16;
    this.#u32 = little ? uint32Little : uint32;
    return true;
  }

  #readBlock(bytes: Uint8Array, start: number, length: number): void {
    const end = start + length - 4;
    switch (this.#u32(bytes, start)) {
      case BlockType.enhancedPacket:
        this.#readEnhancedPacket(bytes, start, end);
        break;
      case BlockType.obsoletePacket:
        this.#readObsoletePacket(bytes, start, end);
        break;
      case BlockType.simplePacket:
        this.#readSimplePacket(bytes, start, end);
        break;
      case BlockType.sectionHeader:
        this.#readSectionHeader(bytes, start, end);
        break;
      case BlockType.interfaceDescription:
        this.#readInterface(bytes, start, end);
        break;
      case BlockType.interfaceStatistics:
        this.#readInterfaceStatistics(bytes, start, end);
        break;
      default:
        // Section 3.1: blocks of other types are skipped.
        break;
    }
  }

  #readSectionHeader(bytes: Uint8Array, start: number, end: number): void {
    const major = end - start < 24 ? -1 : this.#u16(bytes, start + 12);
    if (major !== 1) {
      const what = major < 0 ? "the section header is too short" : `pcapng version ${major}`;
      this.#fail(major < 0 ? "bad-block-length" : "unsupported-version", what);
      return;
    }
    this.#section = [];
    this.#sections++;
  }

  #readInterface(bytes: Uint8Array, start: number, end: number): void {
    if (end - start < 16) {
      this.#tooShort();
      return;
    }
    if (this.interfaces.length >= maximumInterfaces) {
      this.#fail("too-many-interfaces", `more than ${maximumInterfaces} interfaces`);
      return;
    }
    const fields = {
      index: this.interfaces.length,
      section: this.#sections - 1,
      id: this.#section.length,
      linkType: this.#u16(bytes, start + 8),
      snapLength: this.#u32(bytes, start + 12),
    };
    const described = describeInterface(fields, bytes, start + 16, end, this.#little);
    this.#section.push(described);
    this.interfaces.push(described.description);
    this.#handlers.onInterface?.(described.description);
  }

  #readInterfaceStatistics(bytes: Uint8Array, start: number, end: number): void {
    if (end - start < 20) {
      this.#tooShort();
      return;
    }
    const described = this.#section[this.#u32(bytes, start + 8)];
    // Statistics of an interface nobody described say nothing about a packet: skip them.
    if (described === undefined || this.#handlers.onStatistics === undefined) return;
    const index = described.description.index;
    this.#handlers.onStatistics(readStatistics(index, bytes, start + 20, end, this.#little));
  }

  /** Section 4.3. */
  #readEnhancedPacket(bytes: Uint8Array, start: number, end: number): void {
    if (end - start < 28) {
      this.#tooShort();
      return;
    }
    this.#readTimedPacket(bytes, start, end, this.#u32(bytes, start + 8));
  }

  /** Appendix A: as the enhanced block, but 16 bits each for interface and drops. */
  #readObsoletePacket(bytes: Uint8Array, start: number, end: number): void {
    if (end - start < 28) {
      this.#tooShort();
      return;
    }
    const drops = this.#u16(bytes, start + 10);
    this.#record.dropCount = drops === 0xffff ? -1 : drops;
    this.#readTimedPacket(bytes, start, end, this.#u16(bytes, start + 8));
  }

  #readTimedPacket(bytes: Uint8Array, start: number, end: number, id: number): void {
    const described = this.#section[id];
    if (described === undefined) {
      this.#unknownInterface(id);
      return;
    }
    const record = this.#record;
    const u32 = this.#u32;
    const capturedLength = u32(bytes, start + 20);
    if (capturedLength > end - start - 28) {
      this.#doesNotFit(capturedLength);
      return;
    }
    setTimestamp(record, described.unit, u32(bytes, start + 12), u32(bytes, start + 16));
    record.capturedLength = capturedLength;
    record.originalLength = u32(bytes, start + 24);
    const options = start + 28 + ((capturedLength + 3) & ~3);
    if (end - options >= 4) this.#readPacketOptions(bytes, options, end);
    this.#give(described, start + 28);
  }

  /** Section 4.4: always the section's first interface, no time; the length follows from the snap length. */
  #readSimplePacket(bytes: Uint8Array, start: number, end: number): void {
    const described = this.#section[0];
    if (described === undefined) {
      this.#unknownInterface(0);
      return;
    }
    if (end - start < 12) {
      this.#tooShort();
      return;
    }
    const record = this.#record;
    const originalLength = this.#u32(bytes, start + 8);
    const snapLength = described.description.snapLength;
    const limit = snapLength === 0 ? originalLength : Math.min(originalLength, snapLength);
    record.capturedLength = Math.min(limit, end - start - 12);
    record.originalLength = originalLength;
    record.seconds = 0;
    record.nanoseconds = 0;
    this.#give(described, start + 12);
  }

  #readPacketOptions(bytes: Uint8Array, start: number, end: number): void {
    const little = this.#little;
    const flags = findOption(bytes, start, end, little, OptionCode.packetFlags, 4);
    if (flags >= 0) {
      const direction = this.#u32(bytes, flags) & 3;
      if (direction < 3) this.#record.direction = direction as Direction;
    }
    const drops = findOption(bytes, start, end, little, OptionCode.packetDropCount, 8);
    if (drops >= 0) this.#record.dropCount = readCounter(bytes, drops, little);
  }

  #give(described: DescribedInterface, dataOffset: number): void {
    const record = this.#record;
    if (record.capturedLength > maximumCapturedLength) {
      this.#fail("record-too-large", `${record.capturedLength} captured bytes in one packet`);
      return;
    }
    record.frameNumber = ++this.packets;
    record.interfaceIndex = described.description.index;
    record.linkType = described.description.linkType;
    record.offset = dataOffset;
    record.fileOffset = this.#blockOffset;
    this.#handlers.onPacket(record);
    record.direction = 0;
    record.dropCount = -1;
  }

  #tooShort(): void {
    this.#fail("bad-block-length", "the block is too short for its type");
  }

  #unknownInterface(id: number): void {
    this.#fail(
      "unknown-interface",
      `a packet of interface ${id}, which its section does not describe`,
    );
  }

  #doesNotFit(capturedLength: number): void {
    this.#fail("bad-packet-block", `${capturedLength} captured bytes do not fit into their block`);
  }

  #fail(problem: RecordingDiagnostic["problem"], message: string): void {
    this.diagnostic = { problem, offset: this.#blockOffset, message };
  }
}
