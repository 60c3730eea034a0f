import type { EvidenceRef, Finding } from "../score/finding.ts";
import { plain } from "./escape.ts";

/** Ascending, runs joined: `3, 12-15, 57`. */
export function frameRanges(frames: readonly number[]): string {
  const sorted = [...new Set(frames)].sort((left, right) => left - right);
  const runs: { first: number; last: number }[] = [];
  for (const frame of sorted) {
    const run = runs.at(-1);
    if (run !== undefined && run.last === frame - 1) run.last = frame;
    else runs.push({ first: frame, last: frame });
  }
  return runs
    .map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`))
    .join(", ");
}

/** A Wireshark display filter for exactly these frames: `frame.number in {12, 57..60}`. */
export function frameFilter(frames: readonly number[]): string {
  return frames.length === 1
    ? `frame.number == ${frames[0]}`
    : `frame.number in {${frameRanges(frames).replaceAll("-", "..")}}`;
}

function recordingLine(ref: Extract<EvidenceRef, { recording: string }>, finding: Finding): string {
  const filter = filterOf(ref, finding);
  const where = finding.path ?? ref.point;
  const what =
    ref.frames.length === 0
      ? "no frame"
      : `frame${ref.frames.length === 1 ? "" : "s"} ${frameRanges(ref.frames)}`;
  const show = filter === undefined ? "" : `  |  ${filter}`;
  return `${where}  |  ${ref.recording} ${what}${finding.path === undefined ? "" : ` at ${ref.point}`}${show}`;
}

/** A finding's own filter is for all its recordings: it stands in the first line. */
function filterOf(
  ref: Extract<EvidenceRef, { recording: string }>,
  { evidence, filter }: Finding,
): string | undefined {
  if (filter === undefined) return ref.frames.length > 0 ? frameFilter(ref.frames) : undefined;
  return ref === evidence.find((other) => "recording" in other) ? filter : undefined;
}

/** One line: the path, the recording, its frames and the Wireshark display filter; or the stored fact. Never wrapped. */
export function evidenceLine(ref: EvidenceRef, finding: Finding): string {
  return plain("recording" in ref ? recordingLine(ref, finding) : `${ref.facts}#${ref.pointer}`);
}
