import type {
  Evidence,
  RecordedPoint,
  Recording,
  SentProbe,
  Sighting,
} from "../evidence/evidence.ts";
import type { Point, ProbeId } from "../trial/trial.ts";

/** The evidence of one trial, by what a judge asks for. */
export type EvidenceIndex = {
  readonly evidence: Evidence;
  sent(probe: ProbeId): SentProbe | undefined;
  /** Of one probe, in order of time. */
  sightings(probe: ProbeId): readonly Sighting[];
  recorded(at: Point): { readonly recording: Recording; readonly point: RecordedPoint } | undefined;
};

function byTime(left: Sighting, right: Sighting): number {
  if (left.time !== right.time) return left.time < right.time ? -1 : 1;
  if (left.recording !== right.recording) return left.recording < right.recording ? -1 : 1;
  return left.frame - right.frame;
}

export function indexEvidence(evidence: Evidence): EvidenceIndex {
  const sent = new Map(evidence.probes.map((probe) => [probe.probe.id, probe]));
  const sightings = Map.groupBy(evidence.sightings, ({ probe }) => probe);
  for (const list of sightings.values()) list.sort(byTime);
  const points = new Map(
    evidence.recordings.flatMap((recording) =>
      recording.points.map((point) => [point.point, { recording, point }] as const),
    ),
  );
  return {
    evidence,
    sent: (probe) => sent.get(probe),
    sightings: (probe) => sightings.get(probe) ?? [],
    recorded: (at) => points.get(at),
  };
}

/** Frames of the probe that its sender's own recording shows leaving. */
export function leaving(index: EvidenceIndex, probe: ProbeId): readonly Sighting[] {
  const from = index.sent(probe)?.probe.from;
  return index
    .sightings(probe)
    .filter((seen) => seen.point === from && seen.direction === "out" && seen.role === "request");
}

/** There was no interface at a point when its recording began. */
export function isAbsent(index: EvidenceIndex, at: Point): boolean {
  return index.recorded(at)?.point.absent === true;
}

/** What is observed of an intended thing that is gone. */
export function absence(at: Point): string {
  return `absent: ${at} does not exist`;
}

/** Why nothing can be concluded from what is missing in the recording of a point; undefined: the recording is whole. */
export function incompleteness(index: EvidenceIndex, at: Point): string | undefined {
  const recorded = index.recorded(at);
  if (recorded === undefined) return `no recording of ${at}`;
  const { recording, point } = recorded;
  if (recording.fault !== undefined) return `the recording of ${at} is damaged: ${recording.fault}`;
  if (point.dropped > 0)
    return `${point.dropped} packets were lost between the kernel and ${at}'s recording`;
  if (point.sentinel === undefined) return `the end of ${at}'s recording is missing (no sentinel)`;
  return undefined;
}
