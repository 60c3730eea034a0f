import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readRecording } from "../../../src/packet/recording-reader.ts";
import { inChunks, keepRecording, pcapBytes } from "./recordings.ts";

const first = Uint8Array.of(1, 2, 3, 4, 5);
const second = new Uint8Array(60).fill(7);
const two = [
  { seconds: 1_700_000_000, fraction: 123_456, data: first },
  { seconds: 4_294_967_295, fraction: 999_999, data: second, wire: 1500 },
];

/** What the reader says of the file below, cut after `length` bytes. */
function expectedFault(length: number): unknown {
  if (length === 24 || length === 45) return undefined;
  if (length === 0) return expect.objectContaining({ problem: "empty-file", offset: 0 });
  if (length < 24) return expect.objectContaining({ problem: "truncated-header", offset: 0 });
  const offset = length < 45 ? 24 : 45;
  return expect.objectContaining({ problem: "truncated-record", offset });
}

describe("classic pcap", () => {
  test.each([
    { little: true, magic: 0xa1b2c3d4, unit: 1000 },
    { little: false, magic: 0xa1b2c3d4, unit: 1000 },
    { little: true, magic: 0xa1b23c4d, unit: 1 },
    { little: false, magic: 0xa1b23c4d, unit: 1 },
  ])("little-endian $little, $unit ns a unit", ({ little, magic, unit }) => {
    const { records, diagnostic, format } = keepRecording([pcapBytes(two, { little, magic })]);
    expect(diagnostic).toBeUndefined();
    expect(format).toBe("pcap");
    expect(
      records.map((record) => [record.frameNumber, record.seconds, record.nanoseconds]),
    ).toEqual([
      [1, 1_700_000_000, 123_456 * unit],
      [2, 4_294_967_295, 999_999 * unit],
    ]);
    expect(records.map((record) => record.data)).toEqual([first, second]);
    expect(records[1]).toMatchObject({ capturedLength: 60, originalLength: 1500, fileOffset: 45 });
  });

  test("the link type is the lower half of its field, and a fraction above a second is carried", () => {
    const odd = [{ seconds: 5, fraction: 3_500_000, data: first }];
    const bytes = pcapBytes(odd, { little: true, magic: 0xa1b2c3d4, linkType: 0x14000071 });
    const { records } = keepRecording([bytes]);
    expect(records[0]).toMatchObject({ linkType: 0x71, seconds: 8, nanoseconds: 500_000_000 });
  });

  test("chunks that come over time, as from a file", async () => {
    const bytes = pcapBytes(two, { little: true, magic: 0xa1b2c3d4 });
    async function* overTime() {
      for (const chunk of inChunks(bytes, [7, 50])) yield await Promise.resolve(chunk);
    }
    const frames: number[] = [];
    const onPacket = ({ frameNumber }: { readonly frameNumber: number }) =>
      frames.push(frameNumber);
    const summary = await readRecording(overTime(), { onPacket });
    expect(summary).toMatchObject({ packets: 2, bytes: bytes.length });
    expect(frames).toEqual([1, 2]);
  });

  test("records with the longer header of patched libpcaps", () => {
    const plain = pcapBytes(two.slice(0, 1), { little: true, magic: 0xa1b2cd34 });
    const bytes = Buffer.concat([plain.subarray(0, 40), new Uint8Array(8), plain.subarray(40)]);
    expect(keepRecording([bytes]).records.map((record) => record.data)).toEqual([first]);
  });

  test("chunks of any size give the same records", () => {
    const bytes = pcapBytes([...two, ...two, ...two], { little: true, magic: 0xa1b2c3d4 });
    const whole = keepRecording([bytes]);
    expect(whole.records).toHaveLength(6);
    const sizes = fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(sizes, (some) => {
        expect(keepRecording(inChunks(bytes, some))).toEqual(whole);
      }),
    );
  });

  test("a file cut anywhere gives the packets before the cut, and says where it ends", () => {
    const bytes = pcapBytes(two, { little: true, magic: 0xa1b2c3d4 });
    for (let length = 0; length < bytes.length; length++) {
      const { records, diagnostic } = keepRecording([bytes.subarray(0, length)]);
      expect(records).toHaveLength(length < 45 ? 0 : 1);
      expect(diagnostic).toEqual(expectedFault(length));
    }
  });

  test("a length no packet can have ends the reading, after the packets before it", () => {
    const bytes = pcapBytes(two, { little: true, magic: 0xa1b2c3d4 });
    new DataView(bytes.buffer, bytes.byteOffset).setUint32(45 + 8, 262_145, true);
    const { records, diagnostic } = keepRecording(inChunks(bytes, [10]));
    expect(records).toHaveLength(1);
    expect(diagnostic).toMatchObject({ problem: "record-too-large", offset: 45 });
  });

  test.each([
    ["text", Uint8Array.from(Buffer.from("no recording at all")), "unknown-format"],
    ["gzip", Uint8Array.of(0x1f, 0x8b, 8, 0, 0), "compressed"],
    ["zstd", Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0), "compressed"],
    ["two bytes", Uint8Array.of(0xd4, 0xc3), "truncated-header"],
  ])("%s is no recording", (_what, bytes, problem) => {
    expect(keepRecording([bytes])).toMatchObject({
      packets: 0,
      diagnostic: { problem, offset: 0 },
    });
  });

  test("another major version is not guessed at", () => {
    const bytes = pcapBytes(two, { little: true, magic: 0xa1b2c3d4 });
    bytes[4] = 3;
    const { packets, diagnostic } = keepRecording([bytes]);
    expect({ packets, diagnostic }).toMatchObject({
      packets: 0,
      diagnostic: { problem: "unsupported-version", offset: 4 },
    });
  });
});
