import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { InterfaceStatistics } from "../../../src/packet/recording.ts";
import { readRecordingSync } from "../../../src/packet/recording-reader.ts";
import {
  type ByteOrder,
  block,
  enhancedPacket,
  interfaceBlock,
  numbers,
  obsoletePacket,
  option,
  sectionHeader,
  simplePacket,
} from "./pcapng-blocks.ts";
import { inChunks, keepRecording } from "./recordings.ts";

const orders: readonly ByteOrder[] = ["little", "big"];
const data = Uint8Array.of(1, 2, 3, 4, 5);
const text = (value: string) => new TextEncoder().encode(value);

function section(order: ByteOrder): Uint8Array {
  return Buffer.concat([
    sectionHeader(order),
    interfaceBlock(
      order,
      1,
      0,
      option(order, 2, text("tor1:hv1")),
      option(order, 9, Uint8Array.of(9)),
    ),
    interfaceBlock(order, 113, 4, option(order, 3, text("second"))),
    enhancedPacket(
      order,
      { id: 0, high: 0x17979cfe, low: 0x362a0001, data, wire: 99 },
      option(order, 1, text("a comment")),
      option(order, 2, numbers(order, [32, 2])),
      option(
        order,
        4,
        order === "little"
          ? Uint8Array.of(3, 0, 0, 0, 0, 0, 0, 0)
          : Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 3),
      ),
      numbers(order, [32, 0]),
    ),
    block(order, 0x0bad, new Uint8Array(8)),
    enhancedPacket(order, {
      id: 1,
      high: 0x00060a24,
      low: 0x181e4001,
      data: data.subarray(0, 4),
      wire: 5,
    }),
    obsoletePacket(order, { id: 1, drops: 0xffff, high: 0, low: 1_000_001, data }),
    obsoletePacket(order, { id: 0, drops: 6, high: 0, low: 0, data }),
    simplePacket(order, 5, data),
  ]);
}

describe("pcapng", () => {
  test.each(orders)("all kinds of packet blocks, %s-endian", (order) => {
    const { records, diagnostic, interfaces } = keepRecording([section(order)]);
    expect(diagnostic).toBeUndefined();
    expect(interfaces).toMatchObject([
      {
        index: 0,
        id: 0,
        section: 0,
        linkType: 1,
        name: "tor1:hv1",
        unitsPerSecond: 1_000_000_000n,
      },
      { index: 1, id: 1, section: 0, linkType: 113, description: "second", snapLength: 4 },
    ]);
    const unknown = { direction: 0, dropCount: -1 };
    expect(records).toMatchObject([
      {
        frameNumber: 1,
        interfaceIndex: 0,
        linkType: 1,
        seconds: 1_700_000_000,
        nanoseconds: 1,
        originalLength: 99,
        direction: 2,
        dropCount: 3,
      },
      {
        frameNumber: 2,
        interfaceIndex: 1,
        linkType: 113,
        seconds: 1_700_000_000,
        nanoseconds: 1000,
        capturedLength: 4,
        originalLength: 5,
        ...unknown,
      },
      { frameNumber: 3, interfaceIndex: 1, seconds: 1, nanoseconds: 1000, ...unknown },
      { frameNumber: 4, interfaceIndex: 0, seconds: 0, nanoseconds: 0, direction: 0, dropCount: 6 },
      { frameNumber: 5, interfaceIndex: 0, seconds: 0, capturedLength: 5, ...unknown },
    ]);
    expect(records[0]?.data).toEqual(data);
  });

  test("sections of both byte orders in one file; interfaces count anew in each", () => {
    const { records, interfaces } = keepRecording([section("big"), section("little")]);
    expect(records.map((record) => record.interfaceIndex)).toEqual([0, 1, 1, 0, 0, 2, 3, 3, 2, 2]);
    expect(records.map((record) => record.frameNumber)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(interfaces.map((one) => [one.index, one.section, one.id])).toEqual([
      [0, 0, 0],
      [1, 0, 1],
      [2, 1, 0],
      [3, 1, 1],
    ]);
  });

  test("chunks of any size give the same records", () => {
    const bytes = Buffer.concat([section("little"), section("big")]);
    const whole = keepRecording([bytes]);
    const sizes = fc.array(fc.integer({ min: 1, max: 120 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(sizes, (some) => {
        expect(keepRecording(inChunks(bytes, some))).toEqual(whole);
      }),
    );
  });

  test.each([
    ["microseconds by default", undefined, 0, 1_500_000, 1, 500_000_000],
    ["seconds", 0, 0, 7, 7, 0],
    ["nanoseconds", 9, 2, 0, 8, 589_934_592],
    ["picoseconds", 12, 1, 0, 0, 4_294_967],
    ["powers of two", 0x80 | 10, 0, 1536, 1, 500_000_000],
  ])("time in %s", (_what, resolution, high, low, seconds, nanoseconds) => {
    const options = resolution === undefined ? [] : [option("big", 9, Uint8Array.of(resolution))];
    const bytes = Buffer.concat([
      sectionHeader("big"),
      interfaceBlock("big", 1, 0, ...options),
      enhancedPacket("big", { id: 0, high, low, data }),
    ]);
    expect(keepRecording([bytes]).records[0]).toMatchObject({ seconds, nanoseconds });
  });

  test("an offset of the clock is added, also a negative one", () => {
    const offset = option("big", 14, new Uint8Array(8).fill(0xff));
    const bytes = Buffer.concat([
      sectionHeader("big"),
      interfaceBlock("big", 1, 0, offset),
      enhancedPacket("big", { id: 0, high: 0, low: 10_000_000, data }),
    ]);
    expect(keepRecording([bytes]).records[0]?.seconds).toBe(9);
  });

  test("interface statistics", () => {
    const seen: InterfaceStatistics[] = [];
    const counter = (code: number, value: number) =>
      option("big", code, numbers("big", [32, 0], [32, value]));
    const bytes = Buffer.concat([
      sectionHeader("big"),
      interfaceBlock("big", 1, 0),
      block(
        "big",
        5,
        numbers("big", [32, 0], [32, 0], [32, 0]),
        counter(4, 100),
        counter(5, 3),
        counter(7, 2),
      ),
      block("big", 5, numbers("big", [32, 9], [32, 0], [32, 0]), counter(4, 100)),
    ]);
    readRecordingSync([bytes], {
      onPacket: () => undefined,
      onStatistics: (one) => seen.push(one),
    });
    expect(seen).toEqual([{ interfaceIndex: 0, received: 100, dropped: 3, osDropped: 2 }]);
  });
});

describe("a damaged pcapng file", () => {
  const good = section("little");
  const count = (bytes: Uint8Array) => keepRecording([bytes]).records.length;

  test("cut anywhere: the packets before the cut, and where the cut is", () => {
    let blocks = 0;
    for (let length = 1; length < good.length; length++) {
      const { records, diagnostic } = keepRecording([good.subarray(0, length)]);
      expect(records.length).toBeLessThanOrEqual(count(good));
      if (diagnostic === undefined) blocks++;
      else expect(diagnostic.problem).toMatch(/^truncated-(header|record)$/);
    }
    expect(blocks).toBe(8);
  });

  const withWord = (offset: number, value: number) => {
    const bytes = Uint8Array.from(good);
    new DataView(bytes.buffer).setUint32(offset, value, true);
    return bytes;
  };
  const firstPacket = good.length - section("little").length + sectionHeader("little").length;

  test.each([
    ["a length below 12", withWord(firstPacket + 4, 8), "bad-block-length", firstPacket],
    [
      "a length that is no multiple of 4",
      withWord(firstPacket + 4, 33),
      "bad-block-length",
      firstPacket,
    ],
    ["a length of 3 GB", withWord(firstPacket + 4, 0xc0000000), "bad-block-length", firstPacket],
    [
      "two lengths that differ",
      withWord(sectionHeader("little").length - 4, 32),
      "bad-block-length",
      0,
    ],
    ["no byte order", withWord(8, 0x11223344), "bad-byte-order", 0],
    ["another version", withWord(12, 2), "unsupported-version", 0],
  ])("%s", (_what, bytes, problem, offset) => {
    expect(keepRecording([bytes]).diagnostic).toMatchObject({ problem, offset });
  });

  const start = Buffer.concat([sectionHeader("big"), interfaceBlock("big", 1, 0)]);

  test.each([
    [
      "of an interface nobody described",
      enhancedPacket("big", { id: 1, high: 0, low: 0, data }),
      "unknown-interface",
    ],
    [
      "longer than its block",
      block("big", 6, numbers("big", [32, 0], [32, 0], [32, 0], [32, 900], [32, 900])),
      "bad-packet-block",
    ],
    ["shorter than its fields", block("big", 6, numbers("big", [32, 0])), "bad-block-length"],
  ])("a packet %s", (_what, packet, problem) => {
    const right = enhancedPacket("big", { id: 0, high: 0, low: 0, data });
    const { records, diagnostic } = keepRecording([Buffer.concat([start, right, packet, right])]);
    expect(records).toHaveLength(1);
    expect(diagnostic).toMatchObject({ problem, offset: start.length + right.length });
  });

  test("a packet before any interface", () => {
    const bytes = Buffer.concat([sectionHeader("big"), simplePacket("big", 5, data)]);
    expect(keepRecording([bytes]).diagnostic).toMatchObject({ problem: "unknown-interface" });
  });

  test("options that run over their block are left out, the packet stays", () => {
    const packet = enhancedPacket(
      "big",
      { id: 0, high: 0, low: 0, data },
      numbers("big", [16, 2], [16, 400]),
    );
    const { records, diagnostic } = keepRecording([Buffer.concat([start, packet])]);
    expect(diagnostic).toBeUndefined();
    expect(records).toMatchObject([{ direction: 0, dropCount: -1 }]);
  });
});
