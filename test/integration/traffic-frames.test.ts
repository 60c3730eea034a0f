import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Prober } from "../../src/traffic/prober.ts";
import type { ProbeResult } from "../../src/traffic/requests.ts";
import { ip } from "./traffic-network.ts";
import { TrafficStage } from "./traffic-stage.ts";

let stage: TrafficStage;
let prober: Prober;

beforeAll(() => {
  stage = new TrafficStage();
  prober = new Prober();
});
afterAll(() => {
  prober[Symbol.dispose]();
  stage[Symbol.dispose]();
});

describe("frame probes", () => {
  test("a sweep puts one frame with each VLAN id on the wire, in order", async () => {
    const request = stage.frames({ tags: [{ tpid: 0x8100, vid: "sweep" }] });
    let results: readonly ProbeResult[] = [];
    const seen = await stage.arriving(async () => {
      results = await prober.send([request]);
    });
    expect(results).toMatchObject([{ probe: request.probe.id, sent: 4094 }]);
    expect(seen.map(({ sequence }) => sequence)).toEqual(
      Array.from({ length: 4094 }, (_, id) => id + 1),
    );
    for (const { bytes, sequence } of seen) {
      expect(new DataView(bytes.buffer).getUint32(12)).toBe(0x8100_0000 + sequence);
    }
  });

  test("tags, priorities, the shortest length and EtherTypes", async () => {
    const seen = await stage.arriving(() =>
      prober.send([
        stage.frames({ count: 2 }),
        stage.frames({
          tags: [
            { tpid: 0x88a8, vid: 20, pcp: 5 },
            { tpid: 0x8100, vid: 10 },
          ],
        }),
        stage.frames({ etherType: 0x0800 }),
        stage.frames({ etherType: 0x0806 }),
        stage.frames({ etherType: 0x86dd }),
      ]),
    );
    const hex = seen.map(({ bytes }) => Buffer.from(bytes).toString("hex"));
    expect(seen.map(({ sequence }) => sequence)).toEqual([0, 1, 0, 0, 0, 0]);
    expect(hex.map((text) => text.slice(24, 28))).toEqual([
      "88b6",
      "88b6",
      "88a8",
      "0800",
      "0806",
      "86dd",
    ]);
    expect(hex[2]?.slice(24, 44)).toBe("88a8a0148100000a88b6");
    expect(seen.every(({ bytes }) => bytes.length >= 60)).toBe(true);
  });

  test("an interface that is down or absent: how many stage.left, and why", async () => {
    stage.network.cable([stage.left, "eth5"], [stage.right, "eth5"]);
    ip("-n", stage.left, "link", "set", "eth5", "down");
    const at = { namespace: stage.left, interface: "eth5" };
    const results = await prober.send([
      stage.frames({ count: 5 }, at),
      stage.frames({}, { namespace: stage.left, interface: "eth6" }),
      stage.frames({ count: 5 }),
    ]);
    ip("-n", stage.left, "link", "delete", "eth5");
    expect(results).toMatchObject([
      { sent: 0, error: "ENETDOWN" },
      { sent: 0, error: "ENODEV" },
      { sent: 5 },
    ]);
    expect(results[2]?.error).toBeUndefined();
  });
});
