import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Prober } from "../../src/traffic/prober.ts";
import type { ProbeResult } from "../../src/traffic/requests.ts";
import { EchoServices } from "../../src/traffic/services.ts";
import { ip } from "./traffic-network.ts";
import { TrafficStage } from "./traffic-stage.ts";

let services: EchoServices;
let stage: TrafficStage;
let prober: Prober;

beforeAll(() => {
  stage = new TrafficStage();
  prober = new Prober();
  services = new EchoServices();
  services.start({ namespace: stage.right, protocol: "tcp", port: 7 });
});
afterAll(() => {
  services[Symbol.dispose]();
  prober[Symbol.dispose]();
  stage[Symbol.dispose]();
});

describe("streams", () => {
  test("three at once, while other probes are made: each number once, on time", async () => {
    const requests = [stage.stream(1000, 1000), stage.stream(1000, 1000), stage.stream(2000, 1000)];
    let results: readonly ProbeResult[] = [];
    const began = performance.now();
    const seen = await stage.arriving(async () => {
      results = await prober.send([...requests, stage.connection("tcp", "10.9.0.2", { port: 7 })]);
    });
    expect(performance.now() - began).toBeLessThan(2000);
    for (const [position, request] of requests.entries()) {
      const total = request.probe.packetsPerSecond;
      expect(results[position]).toMatchObject({
        sent: total,
        receivedBySocket: total,
        sourcePort: expect.any(Number),
      });
      expect(results[position]?.refused).toBeUndefined();
      const numbers = seen
        .filter(({ index }) => index === request.index)
        .map(({ sequence }) => sequence);
      expect(numbers).toEqual(Array.from({ length: total }, (_, number) => number));
      expect(results[position]?.senderLongestGapMs).toBeGreaterThan(0);
    }
    expect(results[3]?.answer).toBe("connected");
  });

  test("planted loss is seen by the receiver's socket, and only there", async () => {
    stage.network.nft(
      stage.right,
      "table inet loss { chain input { type filter hook input priority 10; udp length > 8 numgen inc mod 10 0 drop } }",
    );
    const [result] = await prober.send([stage.stream(1000, 500)]);
    stage.network.nft(stage.right, "delete table inet loss");
    const [control] = await prober.send([stage.stream(1000, 500)]);
    expect(result).toMatchObject({ sent: 500, receivedBySocket: 450 });
    expect(control).toMatchObject({ sent: 500, receivedBySocket: 500 });
  });

  test("a receiver whose link is down gets nothing, one whose address is gone is an error", async () => {
    ip("-n", stage.right, "link", "set", "eth0", "down");
    const [cut] = await prober.send([stage.stream(1000, 200)]);
    ip("-n", stage.right, "link", "set", "eth0", "up");
    expect(cut).toMatchObject({ sent: 200, receivedBySocket: 0 });
    ip("-n", stage.right, "address", "delete", "10.9.0.2/24", "dev", "eth0");
    const [gone] = await prober.send([stage.stream(1000, 200)]);
    ip("-n", stage.right, "address", "add", "10.9.0.2/24", "dev", "eth0");
    expect(gone).toMatchObject({ sent: 0, error: expect.stringContaining("EADDRNOTAVAIL") });
    // Without this the kernel asks for its neighbour again only a second after it last did.
    ip("-n", stage.left, "neighbour", "flush", "dev", "eth0");
    const [control] = await prober.send([stage.stream(1000, 200)]);
    expect(control).toMatchObject({ sent: 200, receivedBySocket: 200 });
  });

  test("what the sender's own kernel refuses is counted, and the stream goes on", async () => {
    stage.network.nft(
      stage.left,
      "table inet no { chain output { type filter hook output priority 0; meta l4proto udp drop } }",
    );
    const [result] = await prober.send([stage.stream(1000, 200)]);
    stage.network.nft(stage.left, "delete table inet no");
    expect(result).toMatchObject({ sent: 200, receivedBySocket: 0, refused: { EPERM: 200 } });
  });
});
