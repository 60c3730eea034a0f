import { concatBytes, copyBytes } from "../../../src/packet/byte-order.ts";
import { decodeFrame, layerStack } from "../../../src/packet/decode.ts";
import { createDecoded, type Decoded } from "../../../src/packet/decoded.ts";
import type { PacketRecord, RecordingSummary } from "../../../src/packet/recording.ts";
import { readRecordingSync } from "../../../src/packet/recording-reader.ts";

/** A record without the buffer, which the reader uses again. */
type KeptRecord = Omit<PacketRecord, "buffer" | "offset"> & { readonly data: Uint8Array };

export type KeptRecording = RecordingSummary & { readonly records: readonly KeptRecord[] };

export function keepRecording(chunks: Iterable<Uint8Array>): KeptRecording {
  const records: KeptRecord[] = [];
  const summary = readRecordingSync(chunks, {
    onPacket: ({ buffer, offset, ...rest }) => {
      records.push({ ...rest, data: copyBytes(buffer, offset, offset + rest.capturedLength) });
    },
  });
  return { ...summary, records };
}

/** Chunks of the given sizes, again and again, each in memory that is overwritten once the reader asks for more. */
export function* inChunks(bytes: Uint8Array, sizes: readonly number[]): Generator<Uint8Array> {
  let position = 0;
  for (let turn = 0; position < bytes.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1;
    const chunk = copyBytes(bytes, position, position + size);
    yield chunk;
    chunk.fill(0xee);
    position += size;
  }
}

/** Classic pcap, hand-made. */
export function pcapBytes(
  records: readonly { seconds: number; fraction: number; data: Uint8Array; wire?: number }[],
  options: { little: boolean; magic: number; linkType?: number; snapLength?: number },
): Uint8Array {
  const words: number[] = [];
  const parts: Uint8Array[] = [];
  const flush = () => {
    const bytes = new Uint8Array(4 * words.length);
    const view = new DataView(bytes.buffer);
    for (const [index, word] of words.entries()) view.setUint32(4 * index, word, options.little);
    words.length = 0;
    parts.push(bytes);
  };
  const version = options.little ? 0x0004_0002 : 0x0002_0004;
  words.push(options.magic, version, 0, 0, options.snapLength ?? 262_144, options.linkType ?? 1);
  for (const { seconds, fraction, data, wire } of records) {
    words.push(seconds, fraction, data.length, wire ?? data.length);
    flush();
    parts.push(data);
  }
  if (words.length > 0) flush();
  return concatBytes(parts);
}

export function decodeWhole(frame: Uint8Array, linkType = 1): Decoded {
  const decoded = createDecoded();
  decodeFrame(frame, 0, frame.length, linkType, decoded);
  return decoded;
}

export function stackOf(frame: Uint8Array): string {
  return layerStack(decodeWhole(frame));
}
