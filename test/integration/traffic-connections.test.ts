import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Prober } from "../../src/traffic/prober.ts";
import type { ConnectionRequest, ProbeResult } from "../../src/traffic/requests.ts";
import { EchoServices } from "../../src/traffic/services.ts";
import { ipAddress } from "../../src/units/ip.ts";
import { mac } from "../../src/units/mac.ts";
import { ip } from "./traffic-network.ts";
import { TrafficStage } from "./traffic-stage.ts";

let services: EchoServices;
let stage: TrafficStage;
let prober: Prober;

beforeAll(() => {
  stage = new TrafficStage();
  prober = new Prober();
  services = new EchoServices();
  for (const protocol of ["tcp", "udp"] as const) {
    services.start({ namespace: stage.right, protocol, port: 7 });
    services.start({ namespace: stage.right, protocol, port: 9999 });
  }
  stage.network.nft(
    stage.right,
    `table inet filter { chain input { type filter hook input priority 0;
      meta l4proto { tcp, udp } th dport 9999 drop
      tcp dport 9998 reject with icmpx type admin-prohibited
      ip saddr 10.9.0.3 icmp type echo-request drop
    } }`,
  );
  ip("-n", stage.left, "address", "add", "10.9.0.3/24", "dev", "eth0");
});
afterAll(() => {
  services[Symbol.dispose]();
  prober[Symbol.dispose]();
  stage[Symbol.dispose]();
});

async function answers(
  ...requests: readonly ConnectionRequest[]
): Promise<readonly (string | undefined)[]> {
  const results = await prober.send(requests);
  expect(results.map(({ error }) => error)).toEqual(requests.map(() => undefined));
  return results.map(({ answer }) => answer);
}

describe("connection probes", () => {
  test("TCP: connected, refused, unreachable by rule, timeout; over both families", async () => {
    expect(
      await answers(
        stage.connection("tcp", "10.9.0.2", { port: 7, source: "10.9.0.1" }),
        stage.connection("tcp", "fd09::2", { port: 7, source: "fd09::1" }),
        stage.connection("tcp", "10.9.0.2", { port: 8 }),
        stage.connection("tcp", "10.9.0.2", { port: 9998 }),
        stage.connection("tcp", "10.9.0.2", { port: 9999 }),
        stage.connection("tcp", "192.0.2.77", { port: 7 }),
      ),
    ).toEqual(["connected", "connected", "refused", "unreachable", "timeout", "unreachable"]);
  });

  test("TCP sends its token once it is connected, from a port of its own", async () => {
    const requests = [
      stage.connection("tcp", "10.9.0.2", { port: 7, count: 3 }),
      stage.connection("tcp", "10.9.0.2", { port: 7 }),
    ];
    let results: readonly ProbeResult[] = [];
    const seen = await stage.arriving(async () => {
      results = await prober.send(requests);
    });
    expect(results[0]).toMatchObject({ sent: 3, answer: "connected", answers: { connected: 3 } });
    const ports = [...(results[0]?.sourcePorts ?? []), results[1]?.sourcePort];
    expect(new Set(ports).size).toBe(4);
    const wire = seen.map(({ index, sequence, bytes }) => ({
      index,
      sequence,
      port: new DataView(bytes.buffer).getUint16(34),
    }));
    expect(wire.sort((a, b) => a.port - b.port)).toEqual([
      ...[0, 1, 2].map((sequence) => ({
        index: requests[0]?.index,
        sequence,
        port: ports[sequence],
      })),
      { index: requests[1]?.index, sequence: 0, port: ports[3] },
    ]);
  });

  test("UDP: reply, unreachable for a closed port, none where it is dropped", async () => {
    expect(
      await answers(
        stage.connection("udp", "10.9.0.2", { port: 7, source: "10.9.0.1" }),
        stage.connection("udp", "fd09::2", { port: 7 }),
        stage.connection("udp", "10.9.0.2", { port: 8 }),
        stage.connection("udp", "10.9.0.2", { port: 9999 }),
        stage.connection("udp", "192.0.2.77", { port: 7 }),
      ),
    ).toEqual(["reply", "reply", "unreachable", "none", "unreachable"]);
  });

  test("ICMP: reply over both families, none where it is dropped, unreachable without a route", async () => {
    expect(
      await answers(
        stage.connection("icmp", "10.9.0.2", { source: "10.9.0.1", count: 5 }),
        stage.connection("icmp", "fd09::2", { source: "fd09::1" }),
        stage.connection("icmp", "10.9.0.2", { source: "10.9.0.3" }),
        stage.connection("icmp", "192.0.2.77"),
      ),
    ).toEqual(["reply", "reply", "none", "unreachable"]);
  });

  test("ARP and neighbour discovery: reply from who has the address, none from nobody", async () => {
    const identity = {
      mac: mac(stage.network.mac(stage.left, "eth0")),
      addresses: [ipAddress("10.9.0.1"), ipAddress("fd09::1")],
    };
    const ask = (to: string) => ({ ...stage.connection("arp", to), identity });
    const requests = [ask("10.9.0.2"), ask("fd09::2"), ask("10.9.0.99"), ask("fd09::99")];
    let found: readonly (string | undefined)[] = [];
    const seen = await stage.arriving(async () => {
      found = await answers(...requests);
    });
    expect(found).toEqual(["reply", "reply", "none", "none"]);
    expect(seen.map(({ index }) => index)).toEqual(requests.map(({ index }) => index));
  });

  test("a source address that is not there is an error, not an answer", async () => {
    const [result] = await prober.send([
      stage.connection("tcp", "10.9.0.2", { port: 7, source: "10.9.0.200" }),
    ]);
    expect(result).toMatchObject({ sent: 0, error: expect.stringContaining("EADDRNOTAVAIL") });
    expect(result?.answer).toBeUndefined();
  });

  test("nothing is answered over a link that is down, and all of it is again afterwards", async () => {
    const requests = () => [
      stage.connection("tcp", "10.9.0.2", { port: 7 }),
      stage.connection("udp", "10.9.0.2", { port: 7 }),
      stage.connection("icmp", "10.9.0.2"),
      stage.connection("arp", "10.9.0.2"),
    ];
    const asked = () => answers(...requests());
    const good = ["connected", "reply", "reply", "reply"];
    expect(await asked()).toEqual(good);
    ip("-n", stage.right, "link", "set", "eth0", "down");
    expect(await asked()).toEqual(["timeout", "none", "none", "none"]);
    ip("-n", stage.left, "link", "set", "eth0", "down");
    const results = await prober.send(requests());
    expect(results.map(({ answer }) => answer)).toEqual([
      "unreachable",
      "unreachable",
      "unreachable",
      undefined,
    ]);
    expect(results[3]).toMatchObject({ sent: 0, error: expect.stringContaining("ENETDOWN") });
    for (const side of [stage.left, stage.right]) ip("-n", side, "link", "set", "eth0", "up");
    expect(await asked()).toEqual(good);
  });

  test("two thousand at once", async () => {
    const requests = Array.from({ length: 2000 }, () =>
      stage.connection("tcp", "10.9.0.2", { port: 7, deadline: 5000 }),
    );
    const found = await answers(...requests);
    expect(found.filter((answer) => answer === "connected").length).toBe(2000);
  });
});
