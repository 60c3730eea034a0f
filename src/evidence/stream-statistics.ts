import type { Point, Stream } from "../trial/trial.ts";
import type { SentProbe, StreamSegment, StreamStatistics } from "./evidence.ts";

/** Datagrams of one stream at one point, in the order they were recorded. */
export type StreamTrace = {
  readonly point: Point;
  readonly direction: StreamSegment["direction"];
  readonly recording: string;
  readonly times: bigint[];
  readonly sequences: number[];
  readonly frames: number[];
};

type Gap = { readonly milliseconds: number; readonly frames: readonly number[] };

function milliseconds(nanoseconds: bigint): number {
  return Number(nanoseconds) / 1e6;
}

function longestGap({ times, frames }: Pick<StreamTrace, "times" | "frames">): Gap {
  let longest = 0n;
  let at = -1;
  for (let index = 1; index < times.length; index++) {
    const gap = (times[index] as bigint) - (times[index - 1] as bigint);
    if (gap <= longest) continue;
    longest = gap;
    at = index;
  }
  const around = at < 0 ? [] : [frames[at - 1] as number, frames[at] as number];
  return { milliseconds: milliseconds(longest), frames: around };
}

function countReordered(sequences: readonly number[]): number {
  let highest = -1;
  let reordered = 0;
  const seen = new Set<number>();
  for (const sequence of sequences) {
    if (sequence < highest && !seen.has(sequence)) reordered++;
    seen.add(sequence);
    highest = Math.max(highest, sequence);
  }
  return reordered;
}

function segmentOf(trace: StreamTrace): StreamSegment {
  const { point, direction, recording, times, frames } = trace;
  return {
    point,
    direction,
    recording,
    count: times.length,
    firstAt: times[0] ?? 0n,
    lastAt: times.at(-1) ?? 0n,
    firstFrame: frames[0] ?? 0,
    lastFrame: frames.at(-1) ?? 0,
  };
}

function byFirst(left: StreamSegment, right: StreamSegment): number {
  if (left.firstAt !== right.firstAt) return left.firstAt < right.firstAt ? -1 : 1;
  return `${left.point} ${left.direction}` < `${right.point} ${right.direction}` ? -1 : 1;
}

/** From the sender's and the receiver's own recordings; `traces` are of this stream. */
export function streamStatistics(
  stream: Stream,
  { sent: reported }: SentProbe,
  traces: readonly StreamTrace[],
): StreamStatistics {
  const find = (point: Point, direction: string): StreamTrace | undefined =>
    traces.find((trace) => trace.point === point && trace.direction === direction);
  const sender = find(stream.from, "out");
  const receiver = find(stream.to.point, "in");
  const sequences = receiver?.sequences ?? [];
  const distinct = new Set(sequences).size;
  const sent = sender === undefined ? reported : new Set(sender.sequences).size;
  const gap = receiver === undefined ? { milliseconds: 0, frames: [] } : longestGap(receiver);
  const carriedBy: Record<string, number> = {};
  for (const trace of traces) {
    carriedBy[trace.point] = (carriedBy[trace.point] ?? 0) + trace.times.length;
  }
  const lastSent = sender?.times.at(-1);
  const lastReceived = receiver?.times.at(-1) ?? sender?.times[0];
  const tail = lastSent === undefined || lastReceived === undefined ? 0n : lastSent - lastReceived;
  return {
    probe: stream.id,
    sent,
    received: distinct,
    lost: Math.max(0, sent - distinct),
    duplicated: sequences.length - distinct,
    reordered: countReordered(sequences),
    longestGapMs: gap.milliseconds,
    senderLongestGapMs: sender === undefined ? 0 : longestGap(sender).milliseconds,
    gapFrames: gap.frames,
    carriedBy: Object.fromEntries(Object.entries(carriedBy).sort(([a], [b]) => (a < b ? -1 : 1))),
    recording: receiver?.recording ?? "",
    tailGapMs: Math.max(0, milliseconds(tail)),
    seenAt: traces.map(segmentOf).sort(byFirst),
  };
}
