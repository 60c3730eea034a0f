import { expect, test } from "vitest";
import type { Evidence } from "../../../src/evidence/evidence.ts";
import { readEvidence } from "../../../src/evidence/read-evidence.ts";
import {
  arpFrame,
  echoFrame,
  ethernetFrame,
  icmpErrorFrame,
  ipPacket,
  tcpFrame,
  udpDatagram,
  udpFrame,
  vlanTag,
  vxlanFrame,
} from "../../../src/packet/frame.ts";
import { TcpFlag } from "../../../src/packet/tcp.ts";
import type {
  ConnectionProbe,
  FrameProbe,
  Point,
  ProbeId,
  Stream,
} from "../../../src/trial/trial.ts";
import { ipAddress } from "../../../src/units/ip.ts";
import { milliseconds } from "../../../src/units/milliseconds.ts";
import { type Frame, link, memoryFiles, runFiles, sent, token } from "./run.ts";

const a = ipAddress("10.0.0.1");
const b = ipAddress("10.0.0.2");
const ab = { source: a, destination: b };
const ba = { source: b, destination: a };
const from = "web1:eth0" as Point;

function connection(
  kind: ConnectionProbe["kind"],
  more: Partial<ConnectionProbe> = {},
): ConnectionProbe {
  return { kind, id: kind as ProbeId, from, to: b, count: 1, ...more };
}

async function read(files: Record<string, Uint8Array | string>): Promise<Evidence> {
  const [evidence] = await readEvidence(memoryFiles(files));
  if (evidence === undefined) throw new Error("no evidence");
  return evidence;
}

function seen({ sightings }: Evidence): readonly unknown[] {
  return sightings.map(
    ({ probe, point, direction, role, sequence }) =>
      `${probe} ${sequence} ${role} ${point} ${direction}`,
  );
}

const frameProbe: FrameProbe = {
  kind: "frame",
  id: "crafted" as ProbeId,
  from,
  ...link,
  tags: [{ tpid: 0x8100, vid: "sweep" }],
  etherType: 0x88b6,
  count: 1,
};

test("a crafted frame is known by its token behind any tags, and a sentinel is noise", async () => {
  const tagged = (ids: readonly number[], type = 0x8100): Uint8Array =>
    ethernetFrame({ ...link, tags: ids.map((id) => vlanTag(id, type)) }, 0x88b6, token(7, 20));
  const evidence = await read(
    runFiles(
      [sent(frameProbe, 7)],
      [from, "tor1:hv1"],
      [
        { at: from, way: "out", bytes: tagged([20]) },
        { at: "tor1:hv1", way: "in", bytes: tagged([10, 20]) },
        { at: "tor1:hv1", way: "in", bytes: tagged([20], 0x88a8) },
        { at: "tor1:hv1", way: "in", bytes: ethernetFrame(link, 0x88b6, token(99)) },
      ],
    ),
  );
  expect(
    evidence.sightings.map(({ vlanIds, sequence, frame }) => [frame, sequence, vlanIds]),
  ).toEqual([
    [1, 20, [20]],
    [2, 20, [10, 20]],
    [3, 20, [20]],
  ]);
  expect(evidence.recordings[0]?.points.map(({ sentinel }) => sentinel)).toEqual([5, 6]);
});

test("UDP and echo answers carry the question's token", async () => {
  const probes = [sent(connection("udp", { port: 53 }), 1), sent(connection("icmp"), 2)];
  const evidence = await read(
    runFiles(
      probes,
      [from],
      [
        {
          at: from,
          way: "out",
          bytes: udpFrame(link, ab, { sourcePort: 4000, destinationPort: 53 }, token(1)),
        },
        {
          at: from,
          way: "in",
          bytes: udpFrame(link, ba, { sourcePort: 53, destinationPort: 4000 }, token(1)),
        },
        {
          at: from,
          way: "out",
          bytes: echoFrame(link, ab, { identifier: 1, sequence: 1 }, token(2, 5)),
        },
        {
          at: from,
          way: "in",
          bytes: echoFrame(link, ba, { identifier: 1, sequence: 1, reply: true }, token(2, 5)),
        },
      ],
    ),
  );
  expect(seen(evidence)).toEqual([
    "udp 0 request web1:eth0 out",
    "udp 0 reply web1:eth0 in",
    "icmp 5 request web1:eth0 out",
    "icmp 5 reply web1:eth0 in",
  ]);
});

test("an ICMP error is known by what it quotes", async () => {
  const ports = { sourcePort: 4000, destinationPort: 53 };
  const packet = ipPacket(ab, 17, udpDatagram(ab, ports, token(1)));
  const evidence = await read(
    runFiles(
      [sent(connection("udp", { port: 53 }), 1)],
      [from],
      [{ at: from, way: "in", bytes: icmpErrorFrame(link, ba, { type: 3, code: 3 }, packet) }],
    ),
  );
  expect(seen(evidence)).toEqual(["udp 0 error web1:eth0 in"]);
});

test("ARP is known by the address asked for", async () => {
  const own = ipAddress("10.0.0.254");
  const arp = { senderMac: link.source, senderAddress: a, targetMac: link.destination };
  const request = arpFrame(link, { operation: 1, ...arp, targetAddress: own });
  const other = arpFrame(link, { operation: 1, ...arp, targetAddress: b });
  const evidence = await read(
    runFiles(
      [sent(connection("arp", { to: own }), 1)],
      [from],
      [
        { at: from, way: "out", bytes: request },
        { at: from, way: "out", bytes: other },
      ],
    ),
  );
  expect(seen(evidence)).toEqual(["arp 0 request web1:eth0 out"]);
});

test("TCP is followed by its first number, also where a router rewrites port and addresses", async () => {
  const isn = 0xffff_fffe;
  const outside = { source: ipAddress("192.0.2.1"), destination: b };
  const backOutside = { source: b, destination: ipAddress("192.0.2.1") };
  const there = { sourcePort: 4000, destinationPort: 443 };
  const translated = { sourcePort: 61_000, destinationPort: 443 };
  const back = { sourcePort: 443, destinationPort: 61_000 };
  const syn = { sequence: isn, flags: TcpFlag.syn };
  const frames: readonly Frame[] = [
    // Another connection of another sender to the same port.
    {
      at: from,
      way: "in",
      bytes: tcpFrame(link, ba, {
        sourcePort: 5000,
        destinationPort: 443,
        sequence: 77,
        flags: TcpFlag.syn,
      }),
    },
    { at: "db1:eth0", way: "in", bytes: tcpFrame(link, outside, { ...translated, ...syn }) },
    {
      at: "db1:eth0",
      way: "out",
      bytes: tcpFrame(link, backOutside, {
        ...back,
        sequence: 9,
        acknowledgment: 0xffff_ffff,
        flags: TcpFlag.syn | TcpFlag.ack,
      }),
    },
    { at: from, way: "out", bytes: tcpFrame(link, ab, { ...there, ...syn }), after: 5 },
    {
      at: from,
      way: "out",
      bytes: tcpFrame(link, ab, { ...there, sequence: 15, acknowledgment: 10, flags: TcpFlag.ack }),
    },
    {
      at: from,
      way: "out",
      bytes: tcpFrame(link, ab, { ...there, sequence: 0xffff_ffff, flags: TcpFlag.ack }, token(3)),
    },
  ];
  const probe = connection("tcp", { port: 443 });
  const evidence = await read(
    runFiles([sent(probe, 3, { sourcePort: 4000 })], [from, "db1:eth0"], frames),
  );
  expect(seen(evidence)).toEqual([
    "tcp 0 request db1:eth0 in",
    "tcp 0 reply db1:eth0 out",
    "tcp 0 request web1:eth0 out",
    "tcp 0 request web1:eth0 out",
    "tcp 0 request web1:eth0 out",
  ]);
  const unknown = await read(
    runFiles([sent(probe, 3, { sourcePort: 4001 })], [from, "db1:eth0"], frames.slice(0, 4)),
  );
  expect(unknown.sightings).toEqual([]);
});

test("inside VXLAN the inner packet counts, with the VNI and the outer tags", async () => {
  const inner = echoFrame(link, ab, { identifier: 1, sequence: 1 }, token(2));
  const bytes = vxlanFrame(
    { ...link, tags: [vlanTag(40)] },
    ab,
    { vni: 5000, sourcePort: 1 },
    inner,
  );
  const evidence = await read(
    runFiles([sent(connection("icmp"), 2)], ["hv1:p0"], [{ at: "hv1:p0", way: "out", bytes }]),
  );
  expect(evidence.sightings).toMatchObject([{ vni: 5000, vlanIds: [40] }]);
  expect(evidence.sightings[0]?.summary).toContain("VXLAN 5000");
});

const stream: Stream = {
  kind: "stream",
  id: "stream" as ProbeId,
  from,
  to: { point: "web2:eth0" as Point, address: b },
  packetsPerSecond: 1000,
  duration: milliseconds(10),
  payloadSize: 16,
};

test("a stream's gaps, losses, duplicates, order and carriers are counted", async () => {
  const datagram = (sequence: number): Uint8Array =>
    udpFrame(link, ab, { sourcePort: 1, destinationPort: 2 }, token(4, sequence));
  const out = Array.from(
    { length: 10 },
    (_, n): Frame => ({
      at: from,
      way: "out",
      bytes: datagram(n),
      after: n * 1000,
    }),
  );
  const arrivals = [
    [0, 100],
    [1, 1100],
    [1, 1200],
    [3, 3100],
    [2, 3200],
    [7, 7200],
  ] as const;
  const arrived = arrivals.flatMap(([n, after]): readonly Frame[] => [
    { at: "hv2:p1", way: "in", bytes: datagram(n), after: after - 10 },
    { at: "web2:eth0", way: "in", bytes: datagram(n), after },
  ]);
  const { streams, sightings } = await read(
    runFiles([sent(stream, 4)], [from, "hv2:p1", "web2:eth0"], [...out, ...arrived]),
  );
  expect(sightings).toEqual([]);
  expect(streams).toMatchObject([
    {
      sent: 10,
      received: 5,
      lost: 5,
      duplicated: 1,
      reordered: 1,
      longestGapMs: 4,
      senderLongestGapMs: 1,
      tailGapMs: 1.8,
      gapFrames: [20, 22],
      carriedBy: { "hv2:p1": 6, "web1:eth0": 10, "web2:eth0": 6 },
    },
  ]);
  expect(
    streams[0]?.seenAt.map(({ point, direction, count }) => `${point} ${direction} ${count}`),
  ).toEqual(["web1:eth0 out 10", "hv2:p1 in 6", "web2:eth0 in 6"]);
});
