import { isPcap, PcapParser } from "./pcap-reader.ts";
import { isPcapng, PcapngParser } from "./pcapng-reader.ts";
import type {
  RecordingDiagnostic,
  RecordingHandlers,
  RecordingParser,
  RecordingSummary,
} from "./recording.ts";

/**
 * Reads a pcap or pcapng recording that comes in chunks of any size. Memory: one chunk of the caller's and at most one
 * record that straddles two chunks. A chunk may be overwritten as soon as `push` returned. Bytes never make it throw;
 * what a handler throws passes through.
 */
export class RecordingReader {
  readonly #handlers: RecordingHandlers;
  #parser: RecordingParser | undefined;
  #diagnostic: RecordingDiagnostic | undefined;
  #carry: Uint8Array = new Uint8Array(4096);
  #carried = 0;
  #bytes = 0;

  constructor(handlers: RecordingHandlers) {
    this.#handlers = handlers;
  }

  /** False once a fault was met: more bytes would change nothing. */
  push(chunk: Uint8Array): boolean {
    if (this.#diagnostic !== undefined) return false;
    let position = 0;
    while (this.#carried > 0 && position < chunk.length) {
      position += this.#fillCarry(chunk, position);
      this.#parseCarry(this.#bytes + position);
      if (this.#diagnostic !== undefined) return false;
    }
    if (position < chunk.length) {
      const used = this.#parse(chunk, position, chunk.length, this.#bytes + position);
      if (this.#diagnostic !== undefined) return false;
      this.#keep(chunk, used);
    }
    this.#bytes += chunk.length;
    return true;
  }

  /** Call once after the last chunk. */
  finish(): RecordingSummary {
    if (this.#diagnostic === undefined) this.#diagnostic = this.#endFault();
    return {
      format: this.#parser?.format ?? "unknown",
      packets: this.#parser?.packets ?? 0,
      bytes: this.#bytes,
      interfaces: this.#parser?.interfaces ?? [],
      ...(this.#diagnostic === undefined ? {} : { diagnostic: this.#diagnostic }),
    };
  }

  get #needed(): number {
    return this.#parser?.needed ?? 4;
  }

  #endFault(): RecordingDiagnostic | undefined {
    if (this.#bytes === 0) {
      return { problem: "empty-file", offset: 0, message: "the file has no bytes" };
    }
    if (this.#carried === 0) return undefined;
    const offset = this.#bytes - this.#carried;
    const missing = this.#needed - this.#carried;
    return {
      problem: this.#parser === undefined || offset === 0 ? "truncated-header" : "truncated-record",
      offset,
      message: `the file ends inside an item: ${this.#carried} bytes are there, at least ${missing} are missing`,
    };
  }

  /** Moves what the straddling item still needs out of the chunk; returns how much. */
  #fillCarry(chunk: Uint8Array, position: number): number {
    const wanted = Math.min(this.#needed - this.#carried, chunk.length - position);
    this.#append(chunk.subarray(position, position + wanted));
    return wanted;
  }

  #parseCarry(fileOffsetAfter: number): void {
    if (this.#carried < this.#needed) return;
    const carried = this.#carried;
    const used = this.#parse(this.#carry, 0, carried, fileOffsetAfter - carried);
    this.#carry.copyWithin(0, used, carried);
    this.#carried = carried - used;
  }

  #keep(chunk: Uint8Array, from: number): void {
    if (from < chunk.length) this.#append(chunk.subarray(from));
  }

  #append(part: Uint8Array): void {
    const length = this.#carried + part.length;
    if (length > this.#carry.length) {
      const larger = new Uint8Array(Math.max(length, 2 * this.#carry.length));
      larger.set(this.#carry.subarray(0, this.#carried));
      this.#carry = larger;
    }
    this.#carry.set(part, this.#carried);
    this.#carried = length;
  }

  #parse(bytes: Uint8Array, start: number, end: number, fileOffset: number): number {
    if (this.#parser === undefined) {
      if (end - start < 4) return start;
      this.#parser = this.#chooseParser(bytes, start);
      if (this.#parser === undefined) return start;
    }
    const used = this.#parser.parse(bytes, start, end, fileOffset);
    this.#diagnostic = this.#parser.diagnostic;
    return used;
  }

  #chooseParser(bytes: Uint8Array, start: number): RecordingParser | undefined {
    if (isPcap(bytes, start)) return new PcapParser(this.#handlers);
    if (isPcapng(bytes, start)) return new PcapngParser(this.#handlers);
    const compression = compressionOf(bytes, start);
    this.#diagnostic =
      compression === undefined
        ? { problem: "unknown-format", offset: 0, message: "neither a pcap nor a pcapng file" }
        : {
            problem: "compressed",
            offset: 0,
            message: `compressed with ${compression}: unpack it first`,
          };
    return undefined;
  }
}

function compressionOf(bytes: Uint8Array, start: number): string | undefined {
  const first = bytes[start];
  const second = bytes[start + 1];
  if (first === 0x1f && second === 0x8b) return "gzip";
  if (first === 0x28 && second === 0xb5) return "zstd";
  if (first === 0x04 && second === 0x22) return "lz4";
  if (first === 0xfd && second === 0x37) return "xz";
  return undefined;
}

/** Reads a whole recording from chunks, such as a file's read stream. */
export async function readRecording(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  handlers: RecordingHandlers,
): Promise<RecordingSummary> {
  const reader = new RecordingReader(handlers);
  for await (const chunk of chunks) {
    if (!reader.push(chunk)) break;
  }
  return reader.finish();
}

/** As `readRecording`, for bytes that are at hand. */
export function readRecordingSync(
  chunks: Iterable<Uint8Array>,
  handlers: RecordingHandlers,
): RecordingSummary {
  const reader = new RecordingReader(handlers);
  for (const chunk of chunks) {
    if (!reader.push(chunk)) break;
  }
  return reader.finish();
}
