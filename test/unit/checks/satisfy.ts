import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type {
  ChangeRecord,
  Evidence,
  SentProbe,
  Sighting,
  StreamStatistics,
} from "../../../src/evidence/evidence.ts";
import { parseTopology } from "../../../src/topology/parse.ts";
import type { Topology } from "../../../src/topology/topology.ts";
import type {
  Expectation,
  Point,
  Probe,
  ProbeId,
  Stream,
  Trial,
} from "../../../src/trial/trial.ts";

const root = resolve(import.meta.dirname, "../../..");

/** The shipped three-tier topology. */
export function threeTier(): Topology {
  const file = "topologies/three-tier.yml";
  const parsed = parseTopology(readFileSync(resolve(root, file), "utf8"), file);
  if (!("topology" in parsed)) throw new Error(parsed.diagnostics.map((d) => d.message).join("\n"));
  return parsed.topology;
}

const second = 1_000_000_000n;

export function sighting(
  probe: string,
  point: string,
  direction: "in" | "out",
  more: Partial<Sighting> = {},
): Sighting {
  return {
    probe: probe as ProbeId,
    sequence: 0,
    point: point as Point,
    direction,
    recording: `points/${point.split(":")[0]}.pcapng`,
    frame: 1,
    time: second,
    vlanIds: [],
    role: "request",
    summary: "",
    length: 60,
    digest: "0",
    ...more,
  };
}

/** Evidence in which every probe left its sender, every recording is whole, and every expectation is met. */
export function satisfy(trial: Trial): Evidence {
  const sends = trial.phases.flatMap((phase) =>
    phase.send.map((probe) => ({ probe, phase: phase.name })),
  );
  const probes = sends.map(({ probe, phase }, index): SentProbe => {
    const beganAt = second;
    return { probe, phase, index, sent: 1, beganAt, endedAt: 2n * second };
  });
  const sightings = [
    ...sends.flatMap(({ probe }) => leaving(probe)),
    ...trial.phases.flatMap(({ expect }) => expect.flatMap(arrivals)),
  ];
  // Controls that no expectation brings about by itself.
  for (const { control, alsoControls = [] } of trial.phases.flatMap(({ expect }) => expect)) {
    for (const ref of control === undefined ? alsoControls : [control, ...alsoControls]) {
      const isSeen = sightings.some(
        ({ probe, point, direction }) =>
          probe === ref.probe && point === ref.at && direction === ref.direction,
      );
      if (!isSeen) sightings.push(sighting(ref.probe, ref.at, ref.direction));
    }
  }
  const nodes = Map.groupBy(trial.points, (point) => point.split(":")[0] ?? "");
  return {
    trial: trial.id,
    probes,
    sightings: number(sightings),
    streams: sends.flatMap(({ probe }) => (probe.kind === "stream" ? [steady(probe)] : [])),
    changes: trial.phases.flatMap(({ name, change }) =>
      change === undefined ? [] : [changed(name, change)],
    ),
    facts: [],
    recordings: [...nodes].map(([node, points]) => ({
      path: `points/${node}.pcapng`,
      sha256: "f".repeat(64),
      points: points.map((point) => ({ point, received: 9, dropped: 0, sentinel: 9 })),
    })),
  };
}

function number(sightings: readonly Sighting[]): readonly Sighting[] {
  return sightings.map((seen, index) => ({
    ...seen,
    frame: index + 1,
    time: second + BigInt(index),
  }));
}

const sweep = Array.from({ length: 4094 }, (_, index) => index + 1);

function leaving(probe: Probe): readonly Sighting[] {
  if (probe.kind !== "frame") return [sighting(probe.id, probe.from, "out")];
  const isSweep = probe.tags.some(({ vid }) => vid === "sweep");
  const tags = probe.tags.map(({ vid }) => Number(vid));
  if (!isSweep) return [sighting(probe.id, probe.from, "out", { vlanIds: tags })];
  return sweep.map((id) => sighting(probe.id, probe.from, "out", { sequence: id, vlanIds: [id] }));
}

function arrivals(expectation: Expectation): readonly Sighting[] {
  const { probe, at, direction, frames, role = "request", vlanIds = [], owedFor } = expectation;
  const owed =
    owedFor === undefined ? [] : [sighting(probe, owedFor.at, owedFor.direction, { role })];
  switch (frames.kind) {
    case "none":
      return [];
    case "at-least-one":
      return [sighting(probe, at, direction, { role, vlanIds })];
    case "copies":
      // The sender's own "out" is there already; a second sighting would be a second frame.
      return [
        ...owed.filter(({ direction: way, role: who }) => way === "in" || who === "reply"),
        ...Array.from({ length: frames.count }, () => sighting(probe, at, direction, { role })),
      ];
    case "vlan-ids":
      return frames.ids.map((id) =>
        sighting(probe, at, direction, { sequence: id, vlanIds: [id] }),
      );
    default:
      return frames satisfies never;
  }
}

function changed(phase: string, change: ChangeRecord["change"]): ChangeRecord {
  return { change, phase, beganAt: 2n * second, endedAt: 5n * second };
}

/** A stream that crosses the network without any interruption, from second 1 to second 4. */
export function steady(stream: Stream): StreamStatistics {
  const segment = (point: Point, direction: "in" | "out"): StreamStatistics["seenAt"][number] => ({
    point,
    direction,
    recording: `points/${point.split(":")[0]}.pcapng`,
    count: 3000,
    firstAt: second,
    lastAt: 4n * second,
    firstFrame: 1,
    lastFrame: 3000,
  });
  return {
    probe: stream.id,
    sent: 3000,
    received: 3000,
    lost: 0,
    duplicated: 0,
    reordered: 0,
    longestGapMs: 2,
    senderLongestGapMs: 2,
    gapFrames: [1, 2],
    carriedBy: { [stream.from]: 3000, [stream.to.point]: 3000 },
    recording: `points/${stream.to.point.split(":")[0]}.pcapng`,
    tailGapMs: 0,
    seenAt: [segment(stream.from, "out"), segment(stream.to.point, "in")],
  };
}

/** The same evidence with one recorded point changed. */
export function withPoint(
  evidence: Evidence,
  at: string,
  more: Partial<Evidence["recordings"][number]["points"][number]>,
): Evidence {
  return {
    ...evidence,
    recordings: evidence.recordings.map((recording) => ({
      ...recording,
      points: recording.points.map((point) => (point.point === at ? { ...point, ...more } : point)),
    })),
  };
}

/** The same evidence with more sightings. */
export function withSightings(evidence: Evidence, ...more: readonly Sighting[]): Evidence {
  return { ...evidence, sightings: [...evidence.sightings, ...more] };
}

/** The same evidence without the sightings that `drop` names. */
export function withoutSightings(evidence: Evidence, drop: (seen: Sighting) => boolean): Evidence {
  return { ...evidence, sightings: evidence.sightings.filter((seen) => !drop(seen)) };
}

/** All of a check's evidence, one trial of it replaced. */
export function replaceTrial(all: readonly Evidence[], changed: Evidence): readonly Evidence[] {
  return all.map((evidence) => (evidence.trial === changed.trial ? changed : evidence));
}
