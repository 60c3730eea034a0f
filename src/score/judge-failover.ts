import { displayFilter } from "../evidence/display-filter.ts";
import type { ChangeRecord, Evidence, StreamStatistics } from "../evidence/evidence.ts";
import type { Topology } from "../topology/topology.ts";
import { type Failure, failoverLimit, phaseName, streamId } from "../trial/bond-trials.ts";
import { hostPorts } from "../trial/host-port.ts";
import type { StreamEnd, StreamPair } from "../trial/stream-pair.ts";
import type { Point, ProbeId } from "../trial/trial.ts";
import {
  absence,
  type EvidenceIndex,
  incompleteness,
  indexEvidence,
  isAbsent,
} from "./evidence-index.ts";
import type { EvidenceRef, Finding, Outcome } from "./finding.ts";
import { mergeFindings } from "./merge-findings.ts";

const remediation =
  "Give each member its own physical switch, and a failure detection that notices a switch which keeps carrier: ARP monitoring with a target, or LACP with the fast rate.";

/** A switch that fails needs this long to have failed: frames on their way may still arrive (nanoseconds). */
const grace = 500_000_000n;

/** The stream each way through one failure, compared with the same stream without any. */
export function judgeFailover(
  topology: Topology,
  pair: StreamPair,
  failure: Failure,
  evidence: Evidence | undefined,
): Finding {
  const subject = `${pair.subject}, ${phaseName(failure)}`;
  const limit = failoverLimit(topology, pair);
  const expected = `streams resume within ${limit} ms`;
  if (evidence === undefined) {
    const observed = "the trial was not made";
    return { subject, outcome: "inconclusive", expected, observed, remediation, evidence: [] };
  }
  const index = indexEvidence(evidence);
  const ways = [
    [pair.a, pair.b],
    [pair.b, pair.a],
  ] as const;
  const findings = ways.map(([from, to]): Finding => {
    const look = lookAt(topology, index, failure, from, to, limit);
    const sent = index.sent(streamId(failure, from.point, to.point));
    const filter =
      sent === undefined
        ? {}
        : {
            filter: displayFilter(sent, {
              subject,
              probe: sent.probe.id,
              at: to.point,
              direction: "in",
              frames: { kind: "at-least-one" },
              remediation,
            }),
          };
    return {
      subject,
      expected,
      outcome: look.outcome,
      observed: `${from.point} > ${to.point}: ${look.observed}`,
      ...(look.outcome === "pass" ? {} : { remediation }),
      ...(look.control === undefined ? {} : { control: look.control }),
      evidence: look.evidence,
      ...filter,
      ...(look.path === undefined ? {} : { path: look.path }),
    };
  });
  return mergeFindings(findings)[0] as Finding;
}

type Look = Pick<Finding, "outcome" | "observed" | "evidence" | "control" | "path">;

function doubt(observed: string): Look {
  return { outcome: "inconclusive", observed, evidence: [] };
}

function lookAt(
  topology: Topology,
  index: EvidenceIndex,
  failure: Failure,
  from: StreamEnd,
  to: StreamEnd,
  limit: number,
): Look {
  const gone = [from.point, to.point].find((point) => isAbsent(index, point));
  if (gone !== undefined) return { outcome: "fail", observed: absence(gone), evidence: [] };
  const stream = statisticsOf(index, streamId(failure, from.point, to.point));
  const baseline = statisticsOf(index, streamId(undefined, from.point, to.point));
  const control = baselineControl(index, baseline, to, limit);
  const obstacle =
    (index.sent(streamId(failure, from.point, to.point)) === undefined
      ? "the stream was not sent"
      : undefined) ??
    incompleteness(index, from.point) ??
    incompleteness(index, to.point) ??
    (stream === undefined || stream.sent === 0 ? `nothing left ${from.point}` : undefined) ??
    (control.outcome === "pass" ? undefined : `without any failure: ${control.observed}`);
  if (obstacle !== undefined || stream === undefined) {
    return { ...doubt(obstacle ?? "no statistics"), control };
  }
  const change = index.evidence.changes.find(({ phase }) => phase === phaseName(failure));
  const ineffective = withoutEffect(topology, failure, change, stream);
  if (ineffective !== undefined) return { ...doubt(ineffective), control };
  return { ...resumed(index, stream, to, limit), control };
}

function statisticsOf(index: EvidenceIndex, probe: ProbeId): StreamStatistics | undefined {
  return index.evidence.streams.find((stream) => stream.probe === probe);
}

/** The control: without an event the stream has no interruption worth the name. */
function baselineControl(
  index: EvidenceIndex,
  baseline: StreamStatistics | undefined,
  to: StreamEnd,
  limit: number,
): {
  readonly outcome: Outcome;
  readonly observed: string;
  readonly evidence: readonly EvidenceRef[];
} {
  if (baseline === undefined || baseline.received === 0) {
    return { outcome: "inconclusive", observed: "no datagram arrives", evidence: [] };
  }
  const gap = Math.max(baseline.longestGapMs, baseline.tailGapMs);
  // Where the sender itself paused, nothing could arrive: that is no interruption of the network.
  const isSteady = gap - baseline.senderLongestGapMs <= limit / 2;
  return {
    outcome: isSteady ? "pass" : "inconclusive",
    observed: `longest gap ${round(gap)} ms`,
    evidence: framesOf(index, to.point, baseline.gapFrames),
  };
}

/** Why the event cannot be said to have happened to this stream. */
function withoutEffect(
  topology: Topology,
  failure: Failure,
  change: ChangeRecord | undefined,
  stream: StreamStatistics,
): string | undefined {
  const what = phaseName(failure);
  if (change === undefined) return `"${what}" was not done`;
  const sender = stream.seenAt.find(({ direction }) => direction === "out");
  if (sender !== undefined && (change.beganAt < sender.firstAt || change.beganAt > sender.lastAt)) {
    return `"${what}" was not done while the stream was sent`;
  }
  const cut = new Set<Point>(
    hostPorts(topology)
      .filter(({ switchName }) => switchName === failure.switchName)
      .map(({ nicPoint }) => nicPoint),
  );
  const late = stream.seenAt.find(
    ({ point, direction, lastAt }) =>
      cut.has(point) &&
      direction === "in" &&
      lastAt > change.beganAt + grace &&
      lastAt < change.endedAt,
  );
  return late === undefined
    ? undefined
    : `"${what}" had no effect: ${late.point} went on receiving the stream`;
}

function resumed(
  index: EvidenceIndex,
  stream: StreamStatistics,
  to: StreamEnd,
  limit: number,
): Look {
  const gap = Math.max(stream.longestGapMs, stream.tailGapMs);
  const isLost = stream.tailGapMs > limit;
  const counts = `${stream.lost} of ${stream.sent} lost, ${stream.duplicated} duplicated, ${stream.reordered} reordered`;
  const observed = isLost
    ? `never resumed: nothing in the last ${round(stream.tailGapMs)} ms, ${counts}`
    : `longest gap ${round(gap)} ms, ${counts}`;
  const receiver = stream.seenAt.find(
    ({ point, direction }) => point === to.point && direction === "in",
  );
  const last = receiver === undefined ? [] : [receiver.lastFrame];
  const evidence = framesOf(index, to.point, isLost ? last : stream.gapFrames);
  if (gap <= limit) return { outcome: "pass", observed, evidence };
  if (!isLost && gap - stream.senderLongestGapMs <= limit) {
    const why = `${observed}, yet the sender itself paused ${round(stream.senderLongestGapMs)} ms`;
    return { outcome: "inconclusive", observed: why, evidence };
  }
  const path = `${stream.seenAt.map(({ point, direction }) => `${point} ${direction}`).join(" > ")}${isLost ? " (lost after)" : ""}`;
  return { outcome: "fail", observed, evidence, path };
}

function framesOf(
  index: EvidenceIndex,
  at: Point,
  frames: readonly number[],
): readonly EvidenceRef[] {
  const recorded = index.recorded(at);
  if (recorded === undefined) return [];
  const { path, sha256 } = recorded.recording;
  return [{ recording: path, sha256, point: at, frames }];
}

/** Milliseconds as people read them. */
function round(value: number): number {
  return Math.round(value * 10) / 10;
}
