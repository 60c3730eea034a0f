import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { PointToRecord, RecorderResult } from "../../src/capture/recorder.ts";
import { type RecorderCommand, runRecorder } from "../../src/capture/recorder-main.ts";
import { Prober } from "../../src/traffic/prober.ts";
import type { FrameRequest, ProbeResult, StreamRequest } from "../../src/traffic/requests.ts";
import type { FrameTag, Point, ProbeId } from "../../src/trial/trial.ts";
import { ipAddress } from "../../src/units/ip.ts";
import { mac } from "../../src/units/mac.ts";
import { milliseconds } from "../../src/units/milliseconds.ts";
import { readPackets } from "./capture-reader.ts";

/** Runs inside a guest with one processor and prints what it saw as one line of JSON. */
export type CaptureReport = {
  /** Point -> EtherTypes and tag controls of the probe's frames there, as hexadecimal text behind the addresses. */
  readonly tags: Readonly<Record<string, readonly string[]>>;
  readonly flood: {
    readonly sent: number;
    readonly points: RecorderResult["points"];
    readonly cpuSeconds: number;
  };
  readonly stream: ProbeResult;
};

const ports = 20;
const directory = mkdtempSync(join(tmpdir(), "capture-"));

function ip(...words: readonly string[]): void {
  execFileSync("ip", words);
}

/** A VLAN-aware bridge in `sw` with twenty cables to `hosts`. */
function build(): void {
  for (const name of ["sw", "hosts"]) ip("netns", "add", name);
  ip("-n", "sw", "link", "add", "br0", "up", "type", "bridge", "vlan_filtering", "1");
  for (let port = 1; port <= ports; port++) {
    ip(
      "-n",
      "sw",
      "link",
      "add",
      `p${port}`,
      "type",
      "veth",
      "peer",
      "name",
      `h${port}`,
      "netns",
      "hosts",
    );
    ip("-n", "sw", "link", "set", `p${port}`, "up", "master", "br0");
    ip("-n", "hosts", "link", "set", `h${port}`, "up");
  }
  for (const [port, ...flags] of [["p1"], ["p2", "pvid", "untagged"], ["p3"]]) {
    execFileSync("bridge", ["-n", "sw", "vlan", "add", "dev", port ?? "", "vid", "10", ...flags]);
  }
  for (const host of ["one", "two"]) ip("netns", "add", host);
  ip("-n", "one", "link", "add", "eth0", "type", "veth", "peer", "name", "eth0", "netns", "two");
  for (const [host, address] of [
    ["one", "10.9.0.1/24"],
    ["two", "10.9.0.2/24"],
  ] as const) {
    ip("-n", host, "link", "set", "eth0", "up");
    ip("-n", host, "address", "add", address, "dev", "eth0");
  }
}

async function recording<Result>(
  points: readonly PointToRecord[],
  work: () => Promise<Result>,
): Promise<{
  readonly result: Result;
  readonly stopped: RecorderResult;
  readonly cpuSeconds: number;
}> {
  const child = spawn(process.execPath, [process.argv[1] ?? "", "--recorder"], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout });
  const ask = async (command: RecorderCommand) => {
    const line = once(lines, "line");
    child.stdin.write(`${JSON.stringify(command)}\n`);
    return JSON.parse((await line)[0]);
  };
  await ask({ start: { points, directory } });
  const result = await work();
  const { stopped } = await ask({ stop: true });
  const line = once(lines, "line");
  child.stdin.end();
  return { result, stopped, cpuSeconds: Number((await line)[0]) };
}

function frames(id: string, count: number, tags: readonly FrameTag[]): FrameRequest {
  const probe = {
    kind: "frame" as const,
    id: id as ProbeId,
    from: "hosts:h1" as Point,
    source: mac("02:00:00:00:00:01"),
    destination: mac("ff:ff:ff:ff:ff:ff"),
    tags,
    etherType: 0x88b6,
    count,
  };
  return { namespace: "hosts", interface: "h1", index: 1, probe };
}

function point(namespace: string, name: string): PointToRecord {
  return { point: `${namespace}:${name}` as Point, namespace, interface: name };
}

async function tagsSeen(prober: Prober): Promise<CaptureReport["tags"]> {
  const places = [
    ...["p1", "p2", "p3"].map((name) => point("sw", name)),
    ...["h1", "h2", "h3", "h4"].map((name) => point("hosts", name)),
  ];
  const inner = { tpid: 0x8100, vid: 30, pcp: 7 };
  await recording(places, () =>
    prober.send([
      frames("one", 1, [{ tpid: 0x8100, vid: 10, pcp: 5 }]),
      frames("two", 1, [{ tpid: 0x8100, vid: 10 }, inner]),
    ]),
  );
  const seen: Record<string, string[]> = {};
  for (const name of ["sw", "hosts"]) {
    for (const packet of readPackets(join(directory, `${name}.pcapng`)).packets) {
      if (packet.token === undefined) continue;
      const hex = Buffer.from(packet.bytes.subarray(12, 22)).toString("hex");
      const list = seen[packet.point] ?? [];
      seen[packet.point] = [
        ...list,
        `${packet.direction} ${hex.slice(0, hex.indexOf("88b6") + 4)}`,
      ];
    }
  }
  return seen;
}

/** A thousand broadcasts a second through the bridge: each of the twenty cables carries all of them. */
async function flood(prober: Prober): Promise<CaptureReport["flood"]> {
  const places = Array.from({ length: ports }, (_, index) => point("hosts", `h${index + 1}`));
  const { result, stopped, cpuSeconds } = await recording(places, async () => {
    const began = performance.now();
    let sent = 0;
    for (let batch = 0; batch < 100; batch++) {
      const [outcome] = await prober.send([frames("flood", 10, [])]);
      sent += outcome?.sent ?? 0;
      const due = began + (batch + 1) * 10 - performance.now();
      if (due > 0) await new Promise((resolve) => setTimeout(resolve, due));
    }
    return sent;
  });
  return { sent: result, points: stopped.points, cpuSeconds };
}

async function stream(prober: Prober): Promise<ProbeResult> {
  const request: StreamRequest = {
    namespace: "one",
    interface: "eth0",
    index: 7,
    receiver: { namespace: "two", interface: "eth0" },
    probe: {
      kind: "stream",
      id: "stream" as ProbeId,
      from: "one:eth0" as Point,
      to: { point: "two:eth0" as Point, address: ipAddress("10.9.0.2") },
      packetsPerSecond: 1000,
      duration: milliseconds(1000),
      payloadSize: 64,
    },
  };
  const { result } = await recording([point("one", "eth0"), point("two", "eth0")], () =>
    prober.send([request]),
  );
  return result[0] as ProbeResult;
}

if (process.argv[2] === "--recorder") {
  await runRecorder(process.stdin, process.stdout);
  const { user, system } = process.cpuUsage();
  process.stdout.write(`${(user + system) / 1e6}\n`);
} else {
  build();
  using prober = new Prober();
  const report: CaptureReport = {
    tags: await tagsSeen(prober),
    flood: await flood(prober),
    stream: await stream(prober),
  };
  process.stdout.write(JSON.stringify(report));
}
