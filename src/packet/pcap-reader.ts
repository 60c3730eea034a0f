import { uint32, uint32Little } from "./byte-order.ts";
import {
  createPacketRecord,
  maximumCapturedLength,
  type PacketRecord,
  type RecordedInterface,
  type RecordingDiagnostic,
  type RecordingHandlers,
  type RecordingParser,
} from "./recording.ts";

const fileHeaderLength = 24;
const magicMicroseconds = 0xa1b2c3d4;
const magicNanoseconds = 0xa1b23c4d;
/** Written by patched libpcaps around 2000: eight more bytes in each record header. */
const magicModified = 0xa1b2cd34;

type Variant = { readonly little: boolean; readonly nano: boolean; readonly recordHeader: number };

function variantOf(bytes: Uint8Array, start: number): Variant | undefined {
  for (const little of [true, false]) {
    const magic = little ? uint32Little(bytes, start) : uint32(bytes, start);
    if (magic === magicMicroseconds) return { little, nano: false, recordHeader: 16 };
    if (magic === magicNanoseconds) return { little, nano: true, recordHeader: 16 };
    if (magic === magicModified) return { little, nano: false, recordHeader: 24 };
  }
  return undefined;
}

/** Whether four bytes at `start` are the magic of a classic pcap file. */
export function isPcap(bytes: Uint8Array, start: number): boolean {
  return variantOf(bytes, start) !== undefined;
}

/** Classic pcap, draft-ietf-opsawg-pcap: both byte orders, micro- and nanoseconds. */
export class PcapParser implements RecordingParser {
  readonly format = "pcap" as const;
  readonly interfaces: RecordedInterface[] = [];
  packets = 0;
  needed: number = fileHeaderLength;
  diagnostic: RecordingDiagnostic | undefined;
  readonly #record: PacketRecord = createPacketRecord();
  readonly #handlers: RecordingHandlers;
  #headerRead = false;
  #little = true;
  #nanosecondsPerUnit = 1000;
  #headerLength = 16;

  constructor(handlers: RecordingHandlers) {
    this.#handlers = handlers;
  }

  parse(bytes: Uint8Array, start: number, end: number, fileOffset: number): number {
    let position = start;
    if (!this.#headerRead) {
      if (end - start < fileHeaderLength) {
        this.needed = fileHeaderLength;
        return start;
      }
      this.#readFileHeader(bytes, start, fileOffset);
      if (this.diagnostic !== undefined) return start;
      position += fileHeaderLength;
    }
    return this.#parseRecords(bytes, position, end, fileOffset - start);
  }

  #readFileHeader(bytes: Uint8Array, start: number, fileOffset: number): void {
    const variant = variantOf(bytes, start);
    if (variant === undefined) {
      this.#fail("unknown-format", fileOffset, "the first four bytes are no pcap magic");
      return;
    }
    const u32 = variant.little ? uint32Little : uint32;
    const versions = u32(bytes, start + 4);
    const major = variant.little ? versions & 0xffff : versions >>> 16;
    if (major !== 2) {
      this.#fail(
        "unsupported-version",
        fileOffset + 4,
        `pcap version ${major}; version 2 is known`,
      );
      return;
    }
    this.#little = variant.little;
    this.#nanosecondsPerUnit = variant.nano ? 1 : 1000;
    this.#headerLength = variant.recordHeader;
    // The upper bits hold the frame check sequence length, not the link type.
    const linkType = u32(bytes, start + 20) & 0xffff;
    const description: RecordedInterface = {
      index: 0,
      section: 0,
      id: 0,
      linkType,
      snapLength: u32(bytes, start + 16),
      unitsPerSecond: variant.nano ? 1_000_000_000n : 1_000_000n,
      secondsOffset: 0,
    };
    this.interfaces.push(description);
    this.#record.linkType = linkType;
    this.#record.interfaceIndex = 0;
    this.#headerRead = true;
    this.#handlers.onInterface?.(description);
  }

  #parseRecords(bytes: Uint8Array, start: number, end: number, fileOffsetOfZero: number): number {
    const record = this.#record;
    const headerLength = this.#headerLength;
    const u32 = this.#little ? uint32Little : uint32;
    const onPacket = this.#handlers.onPacket;
    let position = start;
    record.buffer = bytes;
    for (;;) {
      if (end - position < headerLength) {
        this.needed = headerLength;
        return position;
      }
      const capturedLength = u32(bytes, position + 8);
      if (capturedLength > maximumCapturedLength) {
        const message = `the record header claims ${capturedLength} captured bytes; at most ${maximumCapturedLength} are possible`;
        this.#fail("record-too-large", fileOffsetOfZero + position, message);
        return position;
      }
      const next = position + headerLength + capturedLength;
      if (next > end) {
        this.needed = headerLength + capturedLength;
        return position;
      }
      record.frameNumber = ++this.packets;
      record.seconds = u32(bytes, position);
      record.nanoseconds = u32(bytes, position + 4) * this.#nanosecondsPerUnit;
      if (record.nanoseconds >= 1_000_000_000) carrySeconds(record);
      record.offset = position + headerLength;
      record.capturedLength = capturedLength;
      record.originalLength = u32(bytes, position + 12);
      record.fileOffset = fileOffsetOfZero + position;
      onPacket(record);
      position = next;
    }
  }

  #fail(problem: RecordingDiagnostic["problem"], offset: number, message: string): void {
    this.diagnostic = { problem, offset, message };
  }
}

/** A damaged file can hold a fraction of more than a second. */
function carrySeconds(record: PacketRecord): void {
  record.seconds += Math.floor(record.nanoseconds / 1_000_000_000);
  record.nanoseconds %= 1_000_000_000;
}
