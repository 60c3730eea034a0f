import type { SentProbe } from "../../../src/evidence/evidence.ts";
import {
  type PointCounts,
  type RunFiles,
  serialiseDrops,
  serialiseRunLine,
} from "../../../src/evidence/run-directory.ts";
import { sentinelFrame } from "../../../src/packet/frame.ts";
import { PcapngWriter } from "../../../src/packet/pcapng-writer.ts";
import { encodeProbeToken } from "../../../src/packet/probe-token.ts";
import { Direction } from "../../../src/packet/recording.ts";
import type { Point, Probe, TrialId } from "../../../src/trial/trial.ts";
import { type Mac, mac } from "../../../src/units/mac.ts";

export const trial = "test/one" as TrialId;
export const second = 1_000_000_000n;

/** A directory in memory; chunks of odd size, since a disk gives any. */
export function memoryFiles(files: Readonly<Record<string, Uint8Array | string>>): RunFiles {
  return {
    list: async () => Object.keys(files),
    read: async function* (path) {
      const content = files[path] ?? "";
      const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
      for (let start = 0; start < bytes.length; start += 777) {
        yield bytes.slice(start, start + 777);
      }
    },
  };
}

export function token(index: number, sequence = 0): Uint8Array {
  return encodeProbeToken({ index, sequence });
}

export function sent(probe: Probe, index: number, more: Partial<SentProbe> = {}): SentProbe {
  const beganAt = 100n * second;
  return { probe, phase: "p", index, sent: 1, beganAt, endedAt: beganAt + second, ...more };
}

export function probesText(probes: readonly SentProbe[]): string {
  return probes.map((one) => serialiseRunLine({ kind: "probe", trial, sent: one })).join("");
}

export type Frame = {
  readonly at: string;
  readonly way: "in" | "out";
  readonly bytes: Uint8Array;
  /** Microseconds after second 100. */
  readonly after?: number;
};

export const link: { readonly source: Mac; readonly destination: Mac } = {
  source: mac("02:00:00:00:00:01"),
  destination: mac("02:00:00:00:00:02"),
};

/** One recording of these points; every interface ends with its sentinel. */
export function recording(
  path: string,
  points: readonly string[],
  frames: readonly Frame[],
): {
  readonly bytes: Uint8Array;
  readonly counts: Parameters<typeof serialiseDrops>[0]["recordings"][number];
} {
  const writer = new PcapngWriter("test");
  const ids = new Map(points.map((name) => [name, writer.addInterface({ name })]));
  for (const { at, way, bytes, after = 0 } of frames) {
    const direction = way === "in" ? Direction.inbound : Direction.outbound;
    const seconds = 100 + Math.floor(after / 1e6);
    writer.addPacket(ids.get(at) ?? 0, seconds, (after % 1e6) * 1000, direction, bytes);
  }
  const counts = points.map((name, position): PointCounts => {
    const interfaceId = ids.get(name) ?? 0;
    const bytes = sentinelFrame(link, { sentinel: 0, interfaceId });
    writer.addPacket(interfaceId, 200, 0, Direction.outbound, bytes);
    const received = frames.filter(({ at }) => at === name).length + 1;
    return { point: name as Point, received, dropped: 0, sentinel: frames.length + position + 1 };
  });
  return { bytes: writer.take(), counts: { recording: path, trials: [trial], points: counts } };
}

/** A run directory of one recording. */
export function runFiles(
  probes: readonly SentProbe[],
  points: readonly string[],
  frames: readonly Frame[],
): Record<string, Uint8Array | string> {
  const path = "points/one.pcapng";
  const { bytes, counts } = recording(path, points, frames);
  return {
    "probes.jsonl": probesText(probes),
    "drops.json": serialiseDrops({ recordings: [counts] }),
    [path]: bytes,
  };
}
