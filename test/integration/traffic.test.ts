import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { forgetAllNamespaces } from "../../src/machine/netns/handles.ts";
import { interfaceIndex } from "../../src/machine/sockets/interface-lookup.ts";
import { PacketReceiver } from "../../src/machine/sockets/packet-receiver.ts";
import { decodeProbeToken, findToken } from "../../src/packet/probe-token.ts";
import { Prober } from "../../src/traffic/prober.ts";
import type {
  ConnectionRequest,
  FrameRequest,
  ProbeResult,
  StreamRequest,
} from "../../src/traffic/requests.ts";
import { EchoServices } from "../../src/traffic/services.ts";
import type { ConnectionProbe, FrameProbe, Point, ProbeId } from "../../src/trial/trial.ts";
import { ipAddress } from "../../src/units/ip.ts";
import { mac } from "../../src/units/mac.ts";
import { milliseconds } from "../../src/units/milliseconds.ts";
import { ip, TestNetwork } from "./traffic-network.ts";

let network: TestNetwork;
let left: string;
let right: string;
let prober: Prober;
let services: EchoServices;
let nextIndex = 1;

beforeAll(() => {
  network = new TestNetwork();
  left = network.namespace("left");
  right = network.namespace("right");
  network.cable(
    [left, "eth0", "10.9.0.1/24", "fd09::1/64"],
    [right, "eth0", "10.9.0.2/24", "fd09::2/64"],
  );
  prober = new Prober();
  services = new EchoServices();
  for (const protocol of ["tcp", "udp"] as const) {
    services.start({ namespace: right, protocol, port: 7 });
    services.start({ namespace: right, protocol, port: 9999 });
  }
  network.nft(
    right,
    `table inet filter { chain input { type filter hook input priority 0;
      meta l4proto { tcp, udp } th dport 9999 drop
      tcp dport 9998 reject with icmpx type admin-prohibited
      ip saddr 10.9.0.3 icmp type echo-request drop
    } }`,
  );
  ip("-n", left, "address", "add", "10.9.0.3/24", "dev", "eth0");
});
afterAll(() => {
  services?.[Symbol.dispose]();
  prober?.[Symbol.dispose]();
  forgetAllNamespaces();
  network[Symbol.dispose]();
});

function connection(
  kind: ConnectionProbe["kind"],
  to: string,
  more: {
    readonly port?: number;
    readonly count?: number;
    readonly source?: string;
    readonly deadline?: number;
  } = {},
): ConnectionRequest {
  const index = nextIndex++;
  return {
    namespace: left,
    interface: "eth0",
    index,
    probe: {
      kind,
      id: `probe-${index}` as ProbeId,
      from: "left:eth0" as Point,
      to: ipAddress(to),
      count: more.count ?? 1,
      ...(more.port === undefined ? {} : { port: more.port }),
    },
    deadline: more.deadline ?? 300,
    ...(more.source === undefined ? {} : { source: ipAddress(more.source) }),
  };
}

function frames(
  more: Partial<FrameProbe> = {},
  at = { namespace: left, interface: "eth0" },
): FrameRequest {
  const index = nextIndex++;
  return {
    ...at,
    index,
    probe: {
      kind: "frame",
      id: `probe-${index}` as ProbeId,
      from: "left:eth0" as Point,
      source: mac("02:00:00:00:00:01"),
      destination: mac("02:00:00:00:00:02"),
      tags: [],
      etherType: 0x88b6,
      count: 1,
      ...more,
    },
  };
}

async function answers(
  ...requests: readonly ConnectionRequest[]
): Promise<readonly (string | undefined)[]> {
  const results = await prober.send(requests);
  expect(results.map(({ error }) => error)).toEqual(requests.map(() => undefined));
  return results.map(({ answer }) => answer);
}

/** What arrives at the right end with a probe's token while `work` runs. */
async function arriving(
  work: () => Promise<unknown>,
): Promise<
  readonly { readonly sequence: number; readonly index: number; readonly bytes: Uint8Array }[]
> {
  using receiver = new PacketReceiver(right, interfaceIndex(right, "eth0"), {
    ignoreOutgoing: true,
  });
  await work();
  const found: { sequence: number; index: number; bytes: Uint8Array }[] = [];
  for (let count = -1; count !== 0; ) {
    count = receiver.drain(1000, (memory, offset, length) => {
      const bytes = memory.slice(offset, offset + length);
      const at = findToken(bytes, 0, length);
      const token = at < 0 ? undefined : decodeProbeToken(bytes, at);
      if (token !== undefined) found.push({ ...token, bytes });
    });
  }
  return found;
}

describe("connection probes", () => {
  test("TCP: connected, refused, unreachable by rule, timeout; over both families", async () => {
    expect(
      await answers(
        connection("tcp", "10.9.0.2", { port: 7, source: "10.9.0.1" }),
        connection("tcp", "fd09::2", { port: 7, source: "fd09::1" }),
        connection("tcp", "10.9.0.2", { port: 8 }),
        connection("tcp", "10.9.0.2", { port: 9998 }),
        connection("tcp", "10.9.0.2", { port: 9999 }),
        connection("tcp", "192.0.2.77", { port: 7 }),
      ),
    ).toEqual(["connected", "connected", "refused", "unreachable", "timeout", "unreachable"]);
  });

  test("TCP sends its token once it is connected, from a port of its own", async () => {
    const requests = [
      connection("tcp", "10.9.0.2", { port: 7, count: 3 }),
      connection("tcp", "10.9.0.2", { port: 7 }),
    ];
    let results: readonly ProbeResult[] = [];
    const seen = await arriving(async () => {
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
        connection("udp", "10.9.0.2", { port: 7, source: "10.9.0.1" }),
        connection("udp", "fd09::2", { port: 7 }),
        connection("udp", "10.9.0.2", { port: 8 }),
        connection("udp", "10.9.0.2", { port: 9999 }),
        connection("udp", "192.0.2.77", { port: 7 }),
      ),
    ).toEqual(["reply", "reply", "unreachable", "none", "unreachable"]);
  });

  test("ICMP: reply over both families, none where it is dropped, unreachable without a route", async () => {
    expect(
      await answers(
        connection("icmp", "10.9.0.2", { source: "10.9.0.1", count: 5 }),
        connection("icmp", "fd09::2", { source: "fd09::1" }),
        connection("icmp", "10.9.0.2", { source: "10.9.0.3" }),
        connection("icmp", "192.0.2.77"),
      ),
    ).toEqual(["reply", "reply", "none", "unreachable"]);
  });

  test("ARP and neighbour discovery: reply from who has the address, none from nobody", async () => {
    const identity = {
      mac: mac(network.mac(left, "eth0")),
      addresses: [ipAddress("10.9.0.1"), ipAddress("fd09::1")],
    };
    const ask = (to: string) => ({ ...connection("arp", to), identity });
    const requests = [ask("10.9.0.2"), ask("fd09::2"), ask("10.9.0.99"), ask("fd09::99")];
    let found: readonly (string | undefined)[] = [];
    const seen = await arriving(async () => {
      found = await answers(...requests);
    });
    expect(found).toEqual(["reply", "reply", "none", "none"]);
    expect(seen.map(({ index }) => index)).toEqual(requests.map(({ index }) => index));
  });

  test("a source address that is not there is an error, not an answer", async () => {
    const [result] = await prober.send([
      connection("tcp", "10.9.0.2", { port: 7, source: "10.9.0.200" }),
    ]);
    expect(result).toMatchObject({ sent: 0, error: expect.stringContaining("EADDRNOTAVAIL") });
    expect(result?.answer).toBeUndefined();
  });

  test("two thousand at once", async () => {
    const requests = Array.from({ length: 2000 }, () =>
      connection("tcp", "10.9.0.2", { port: 7, deadline: 5000 }),
    );
    const began = performance.now();
    const found = await answers(...requests);
    process.stderr.write(
      `${Math.round(2000 / ((performance.now() - began) / 1000))} TCP probes a second`,
    );
    expect(found.filter((answer) => answer === "connected").length).toBe(2000);
  });
});

describe("frame probes", () => {
  test("a sweep puts one frame with each VLAN id on the wire, in order", async () => {
    const request = frames({ tags: [{ tpid: 0x8100, vid: "sweep" }] });
    let results: readonly ProbeResult[] = [];
    const seen = await arriving(async () => {
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
    const seen = await arriving(() =>
      prober.send([
        frames({ count: 2 }),
        frames({
          tags: [
            { tpid: 0x88a8, vid: 20, pcp: 5 },
            { tpid: 0x8100, vid: 10 },
          ],
        }),
        frames({ etherType: 0x0800 }),
        frames({ etherType: 0x0806 }),
        frames({ etherType: 0x86dd }),
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

  test("an interface that is down or absent: how many left, and why", async () => {
    network.cable([left, "eth5"], [right, "eth5"]);
    ip("-n", left, "link", "set", "eth5", "down");
    const at = { namespace: left, interface: "eth5" };
    const results = await prober.send([
      frames({ count: 5 }, at),
      frames({}, { namespace: left, interface: "eth6" }),
      frames({ count: 5 }),
    ]);
    ip("-n", left, "link", "delete", "eth5");
    expect(results).toMatchObject([
      { sent: 0, error: "ENETDOWN" },
      { sent: 0, error: "ENODEV" },
      { sent: 5 },
    ]);
    expect(results[2]?.error).toBeUndefined();
  });
});

describe("streams", () => {
  function stream(packetsPerSecond: number, duration: number): StreamRequest {
    const index = nextIndex++;
    return {
      namespace: left,
      interface: "eth0",
      index,
      receiver: { namespace: right, interface: "eth0" },
      source: ipAddress("10.9.0.1"),
      probe: {
        kind: "stream",
        id: `stream-${index}` as ProbeId,
        from: "left:eth0" as Point,
        to: { point: "right:eth0" as Point, address: ipAddress("10.9.0.2") },
        packetsPerSecond,
        duration: milliseconds(duration),
        payloadSize: 64,
      },
    };
  }

  test("three at once, while other probes are made: each number once, on time", async () => {
    const requests = [stream(1000, 1000), stream(1000, 1000), stream(2000, 1000)];
    let results: readonly ProbeResult[] = [];
    const began = performance.now();
    const seen = await arriving(async () => {
      results = await prober.send([...requests, connection("tcp", "10.9.0.2", { port: 7 })]);
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
    process.stderr.write(
      `longest sender gaps: ${results
        .slice(0, 3)
        .map((result) => result.senderLongestGapMs)
        .join(", ")} ms`,
    );
  });

  test("planted loss is seen by the receiver's socket, and only there", async () => {
    network.nft(
      right,
      "table inet loss { chain input { type filter hook input priority 10; udp length > 8 numgen inc mod 10 0 drop } }",
    );
    const [result] = await prober.send([stream(1000, 500)]);
    network.nft(right, "delete table inet loss");
    const [control] = await prober.send([stream(1000, 500)]);
    expect(result).toMatchObject({ sent: 500, receivedBySocket: 450 });
    expect(control).toMatchObject({ sent: 500, receivedBySocket: 500 });
  });

  test("what the sender's own kernel refuses is counted, and the stream goes on", async () => {
    network.nft(
      left,
      "table inet no { chain output { type filter hook output priority 0; meta l4proto udp drop } }",
    );
    const [result] = await prober.send([stream(1000, 200)]);
    network.nft(left, "delete table inet no");
    expect(result).toMatchObject({ sent: 200, receivedBySocket: 0, refused: { EPERM: 200 } });
  });
});
