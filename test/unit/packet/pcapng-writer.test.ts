import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { PcapngWriter } from "../../../src/packet/pcapng-writer.ts";
import type { Direction, InterfaceStatistics } from "../../../src/packet/recording.ts";
import { readRecordingSync } from "../../../src/packet/recording-reader.ts";
import { block, enhancedPacket, interfaceBlock, numbers, option } from "./pcapng-blocks.ts";
import { keepRecording } from "./recordings.ts";

describe("the pcapng writer", () => {
  test("what it writes is what the reader gives", () => {
    const packets = fc.array(
      fc.record({
        id: fc.integer({ min: 0, max: 2 }),
        seconds: fc.integer({ min: 0, max: 18_446_744_072 }),
        nanoseconds: fc.integer({ min: 0, max: 999_999_999 }),
        direction: fc.constantFrom<Direction>(0, 1, 2),
        data: fc.uint8Array({ maxLength: 300 }),
        cut: fc.integer({ min: 0, max: 5000 }),
      }),
      { maxLength: 30 },
    );
    fc.assert(
      fc.property(packets, (some) => {
        const writer = new PcapngWriter("lab", 64);
        for (const name of ["a", "b:1", "ü"]) writer.addInterface({ name });
        const pieces = [writer.take()];
        for (const { id, seconds, nanoseconds, direction, data, cut } of some) {
          writer.addPacket(
            id,
            seconds,
            nanoseconds,
            direction,
            data,
            0,
            data.length,
            data.length + cut,
          );
          if (cut % 3 === 0) pieces.push(writer.take());
        }
        pieces.push(writer.take());
        const { records, diagnostic, interfaces } = keepRecording(pieces);
        expect(diagnostic).toBeUndefined();
        expect(interfaces.map((one) => one.name)).toEqual(["a", "b:1", "ü"]);
        expect(records).toMatchObject(
          some.map(({ id, seconds, nanoseconds, direction, data, cut }) => ({
            interfaceIndex: id,
            seconds,
            nanoseconds,
            direction,
            data,
            originalLength: data.length + cut,
          })),
        );
      }),
      { numRuns: 50 },
    );
  });

  test("the bytes are those of the format", () => {
    const writer = new PcapngWriter("lab");
    writer.take();
    writer.addInterface({ name: "tor1:hv2", snapLength: 256 });
    const options = [
      option("little", 2, new TextEncoder().encode("tor1:hv2")),
      option("little", 9, Uint8Array.of(9)),
      numbers("little", [32, 0]),
    ];
    expect([...writer.take()]).toEqual([...interfaceBlock("little", 1, 256, ...options)]);
    const data = Uint8Array.of(9, 8, 7);
    writer.addPacket(0, 1_700_000_000, 1, 1, Uint8Array.of(0, 9, 8, 7, 0), 1, 3);
    const flags = [option("little", 2, numbers("little", [32, 1])), numbers("little", [32, 0])];
    const packet = { id: 0, high: 0x17979cfe, low: 0x362a0001, data };
    expect([...writer.take()]).toEqual([...enhancedPacket("little", packet, ...flags)]);
    writer.addStatistics(0, { seconds: 0, nanoseconds: 5, received: 2 ** 40 + 1, osDropped: 0 });
    const counters = [
      option("little", 4, numbers("little", [32, 1], [32, 256])),
      option("little", 7, numbers("little", [32, 0], [32, 0])),
      numbers("little", [32, 0]),
    ];
    const expected = block("little", 5, numbers("little", [32, 0], [32, 0], [32, 5]), ...counters);
    expect([...writer.take()]).toEqual([...expected]);
  });

  test("drop counters come back", () => {
    const seen: InterfaceStatistics[] = [];
    const writer = new PcapngWriter("lab");
    const id = writer.addInterface({ name: "web1:eth0", description: "vNIC of web1" });
    writer.addStatistics(id, {
      seconds: 9,
      nanoseconds: 0,
      received: 10,
      dropped: 1,
      osDropped: 2,
    });
    const { interfaces } = readRecordingSync([writer.take()], {
      onPacket: () => undefined,
      onStatistics: (one) => seen.push(one),
    });
    expect(interfaces).toMatchObject([{ name: "web1:eth0", description: "vNIC of web1" }]);
    expect(seen).toEqual([{ interfaceIndex: 0, received: 10, dropped: 1, osDropped: 2 }]);
  });
});
