import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";

import { type PointToRecord, startRecorder } from "../../src/capture/recorder.ts";
import { closeFile } from "../../src/machine/libc/files.ts";
import { linkLayerToBytes } from "../../src/machine/libc/socket-address.ts";
import { addressFamily, openSocket, sendTo, socketType } from "../../src/machine/libc/sockets.ts";
import { inNamespace } from "../../src/machine/netns/enter.ts";
import { forgetAllNamespaces } from "../../src/machine/netns/handles.ts";
import type { Point } from "../../src/trial/trial.ts";
import { type ReadRecording, readPackets } from "./capture-reader.ts";
import { ip, TestNetwork, until } from "./traffic-network.ts";

let network: TestNetwork;
let left: string;
let right: string;
let directory: string;

beforeAll(() => {
  network = new TestNetwork();
  left = network.namespace("left");
  right = network.namespace("right");
});
afterAll(() => {
  forgetAllNamespaces();
  network[Symbol.dispose]();
});
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "lab-capture-"));
  network.cable([left, "eth0", "10.9.0.1/24"], [right, "eth0", "10.9.0.2/24"]);
});
afterEach(() => {
  rmSync(directory, { recursive: true });
  for (const name of ["eth0", "eth1"]) {
    if (ip("-n", left, "-br", "link").includes(`${name}@`)) ip("-n", left, "link", "delete", name);
  }
});

function place(node: string, namespace: string, name = "eth0"): PointToRecord {
  return { point: `${node}:${name}` as Point, namespace, interface: name };
}

function read(name: string): ReadRecording {
  return readPackets(join(directory, name));
}

function etherType(bytes: Uint8Array): number {
  return new DataView(bytes.buffer).getUint16(12);
}

/** Ethernet header with `tags` (four bytes each), EtherType 0x88b6 and a number. */
function frame(number: number, tags: readonly number[], length = 60): Uint8Array {
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  bytes.set([0x02, 0, 0, 0, 0, 0x02, 0x02, 0, 0, 0, 0, 0x01]);
  for (const [index, tag] of tags.entries()) view.setUint32(12 + 4 * index, tag);
  view.setUint16(12 + 4 * tags.length, 0x88b6);
  view.setUint32(14 + 4 * tags.length, number);
  return bytes;
}

function inject(namespace: string, name: string, frames: Iterable<Uint8Array>): void {
  const index = JSON.parse(ip("-n", namespace, "-j", "link", "show", "dev", name))[0].ifindex;
  const fd = inNamespace(namespace, () => openSocket(addressFamily.packet, socketType.raw, 0));
  const address = linkLayerToBytes(index, 0x88b6);
  for (const bytes of frames) sendTo(fd, bytes, 0, address);
  closeFile(fd);
}

describe("recorder", () => {
  test("both ends of a cable, directions, tags 0 to 2, lengths, times and sentinels", async () => {
    using recorder = await startRecorder({
      directory,
      points: [place("web1", left), place("db1", right)],
    });
    expect(recorder.failures).toEqual([]);
    const before = BigInt(Date.now()) * 1_000_000n;
    const sent = [
      frame(1, []),
      frame(2, [0x8100_000a]),
      frame(3, [0x88a8_0014, 0x8100_e01e]),
      frame(4, [], 1514),
    ];
    inject(left, "eth0", sent);
    const { points } = await recorder.stop();
    const after = BigInt(Date.now() + 1) * 1_000_000n;
    for (const [name, direction] of [
      ["web1", 2],
      ["db1", 1],
    ] as const) {
      const { packets, statistics, whole, names } = read(`${name}.pcapng`);
      const mine = packets.filter(({ bytes }) => bytes[11] === 1);
      expect(mine.map(({ bytes }) => bytes)).toEqual(sent);
      expect(mine.map((packet) => packet.direction)).toEqual([
        direction,
        direction,
        direction,
        direction,
      ]);
      expect(mine.every(({ time }) => time > before - 1_000_000n && time < after)).toBe(true);
      const result = points.find(({ point }) => point === `${name}:eth0`);
      const last = packets.filter(
        (packet) => packet.direction === 2 && etherType(packet.bytes) === 0x88b5,
      );
      expect(last.map(({ frame: number }) => number)).toEqual([result?.sentinel]);
      expect(result?.dropped).toBe(0);
      expect(statistics).toMatchObject([
        { interfaceIndex: 0, received: result?.received, dropped: 0 },
      ]);
      expect({ whole, names }).toEqual({ whole: true, names: [`${name}:eth0`] });
    }
  });

  test("a burst of 20,000 frames and a stop at once: all there, or counted as dropped", async () => {
    for (const receiveBuffer of [64 * 1024 * 1024, 256 * 1024]) {
      using recorder = await startRecorder({
        directory,
        receiveBuffer,
        points: [place("web1", left), place("db1", right)],
      });
      inject(
        left,
        "eth0",
        Array.from({ length: 20_000 }, (_, number) => frame(number, [])),
      );
      const { points } = await recorder.stop();
      for (const { point, received, dropped, written, recording } of points) {
        const { packets } = read(recording);
        expect(packets.length).toBe(written);
        const seen = packets.filter(({ bytes }) => etherType(bytes) === 0x88b6).length;
        const noise = packets.length - seen;
        expect(seen + dropped).toBeGreaterThanOrEqual(20_000);
        expect(received - dropped - written).toBeLessThanOrEqual(noise + 2);
        const roomEnough = receiveBuffer > 1024 * 1024;
        expect({ point, lossless: dropped === 0 && seen === 20_000 }).toEqual({
          point,
          lossless: roomEnough,
        });
      }
    }
  });

  test("several points of one namespace share a file with an interface block each", async () => {
    network.cable([left, "eth1"], [right, "eth1"]);
    using recorder = await startRecorder({
      directory,
      points: [place("hv1", left), place("hv1", left, "eth1")],
    });
    inject(left, "eth1", [frame(7, [])]);
    const { points } = await recorder.stop();
    const { packets, names } = read("hv1.pcapng");
    expect(names).toEqual(["hv1:eth0", "hv1:eth1"]);
    expect(
      packets.filter(({ bytes }) => etherType(bytes) === 0x88b6).map(({ point }) => point),
    ).toEqual(["hv1:eth1"]);
    expect(points.map(({ sentinel }) => packets[(sentinel ?? 0) - 1]?.point)).toEqual([
      "hv1:eth0",
      "hv1:eth1",
    ]);
  });

  test("what is down, gone or was never there is told, and the other points go on", async () => {
    network.cable([left, "eth1"], [right, "eth1"]);
    using recorder = await startRecorder({
      directory,
      points: [
        place("hv1", left),
        place("hv1", left, "eth1"),
        place("hv1", left, "eth7"),
        place("tor1", right, "eth1"),
      ],
    });
    expect(recorder.failures).toMatchObject([
      { point: "hv1:eth7", error: expect.stringContaining("ENODEV") },
    ]);
    inject(left, "eth1", [frame(1, [])]);
    ip("-n", left, "link", "delete", "eth1");
    inject(left, "eth0", [frame(2, [])]);
    ip("-n", left, "link", "set", "eth0", "down");
    ip("-n", left, "link", "set", "eth0", "up");
    inject(left, "eth0", [frame(3, [])]);
    const { points } = await recorder.stop();
    expect(points).toMatchObject([
      {
        point: "hv1:eth0",
        wentDown: true,
        complete: true,
        sentinel: expect.any(Number),
        dropped: 0,
      },
      { point: "hv1:eth1", wentDown: true, error: expect.stringMatching(/ENODEV/) },
      { point: "tor1:eth1", wentDown: true, error: expect.stringMatching(/ENODEV/) },
    ]);
    expect(points.filter(({ sentinel }) => sentinel === undefined).length).toBe(2);
    const numbers = (name: string, point: string) =>
      read(name)
        .packets.filter((packet) => packet.point === point && etherType(packet.bytes) === 0x88b6)
        .map(({ bytes }) => bytes[17]);
    expect(numbers("hv1.pcapng", "hv1:eth0")).toEqual([2, 3]);
    expect(numbers("hv1.pcapng", "hv1:eth1")).toEqual([1]);
    expect(numbers("tor1.pcapng", "tor1:eth1")).toEqual([1]);
  });

  test("an interface without another end sends no sentinel, and is complete by the kernel's own count", async () => {
    using recorder = await startRecorder({
      directory,
      points: [place("web1", left), place("db1", right)],
    });
    inject(
      left,
      "eth0",
      Array.from({ length: 3000 }, (_, number) => frame(number, [])),
    );
    ip("-n", right, "link", "set", "eth0", "down");
    await until("the loss of carrier", () =>
      ip("-n", left, "link", "show", "eth0").includes("state DOWN"),
    );
    const began = performance.now();
    const { points } = await recorder.stop();
    expect(performance.now() - began).toBeLessThan(1500);
    for (const { sentinel, complete, written, received, error, recording } of points) {
      expect({ sentinel, complete, error }).toEqual({
        sentinel: undefined,
        complete: true,
        error: "ENETDOWN",
      });
      expect(written).toBe(received);
      expect(
        read(recording).packets.filter(({ bytes }) => etherType(bytes) === 0x88b6).length,
      ).toBe(3000);
    }
  });

  test("capinfos and tshark of Wireshark read the same", async () => {
    using recorder = await startRecorder({ directory, points: [place("web1", left)] });
    inject(left, "eth0", [frame(5, [0x8100_000a])]);
    const { points } = await recorder.stop();
    const fields = [
      "frame.number",
      "frame.interface_name",
      "frame.packet_flags_direction",
      "vlan.id",
      "eth.type",
    ];
    const lines = execFileSync(
      "tshark",
      [
        "-r",
        join(directory, "web1.pcapng"),
        "-Y",
        "eth.src == 02:00:00:00:00:01",
        "-T",
        "fields",
        ...fields.flatMap((field) => ["-e", field]),
      ],
      { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] },
    )
      .trim()
      .split("\t");
    expect(lines.slice(1, 4)).toEqual(["web1:eth0", expect.stringMatching(/2$/), "10"]);
    expect(points[0]?.sentinel).toBeGreaterThan(Number(lines[0]));
  });
});
