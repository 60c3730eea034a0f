import type { Change } from "../change/change.ts";
import type { FactQuery, Point, TrialId } from "../trial/trial.ts";
import type { ChangeRecord, SentProbe } from "./evidence.ts";

/** Reads a run directory without knowing where it lies. Paths are relative to it, with slashes. */
export type RunFiles = {
  /** Every file below the directory. */
  list(): Promise<readonly string[]>;
  /** A file's bytes, in chunks of any size that may be overwritten after the next step. */
  read(path: string): AsyncIterable<Uint8Array>;
};

export const probesFile = "probes.jsonl";
export const dropsFile = "drops.json";
export const factsDirectory = "facts/";
export const pointsDirectory = "points/";

/** A line of `probes.jsonl`. */
export type RunLine =
  | { readonly kind: "probe"; readonly trial: TrialId; readonly sent: SentProbe }
  | { readonly kind: "change"; readonly trial: TrialId; readonly change: ChangeRecord };

/** A line as it is written: times are decimal texts of nanoseconds since the epoch. */
type WrittenProbe = Omit<SentProbe, "beganAt" | "endedAt"> & WrittenTimes;
type WrittenChange = { readonly change: Change; readonly phase: string } & WrittenTimes;
type WrittenTimes = { readonly beganAt: string; readonly endedAt: string };
type WrittenLine =
  | ({ readonly kind: "probe"; readonly trial: TrialId } & WrittenProbe)
  | ({ readonly kind: "change"; readonly trial: TrialId } & WrittenChange);

/** `drops.json`: one entry for each file in `points/`. */
export type DropsFile = { readonly recordings: readonly RecordingCounts[] };

export type RecordingCounts = {
  /** Path relative to the run directory: `points/hv1.pcapng`. */
  readonly recording: string;
  /** The trials that ran while it was made. */
  readonly trials: readonly TrialId[];
  readonly points: readonly PointCounts[];
};

export type PointCounts = {
  readonly point: Point;
  /** Frames the kernel had for this point, and those lost between kernel and file. */
  readonly received: number;
  readonly dropped: number;
  /** Frame number of the sentinel that ended the recording of this point. */
  readonly sentinel?: number;
  /** Such as `ENETDOWN` where the interface was down at some moment. */
  readonly error?: string;
  /** The interface did not exist when the recording began. */
  readonly absent?: boolean;
};

/** A file in `facts/`: a query's raw answer, with the command or message that gave it. */
export type FactFile = {
  readonly trial: TrialId;
  readonly phase: string;
  readonly moment: "before" | "during" | "after";
  readonly query: FactQuery;
  readonly source: string;
  readonly value: unknown;
};

/** One line, with its line end. */
export function serialiseRunLine(line: RunLine): string {
  const body = line.kind === "probe" ? line.sent : line.change;
  const { beganAt, endedAt, ...rest } = body;
  const times = { beganAt: beganAt.toString(), endedAt: endedAt.toString() };
  return `${JSON.stringify({ kind: line.kind, trial: line.trial, ...rest, ...times })}\n`;
}

/** A line cut off by a killed run is left out; what it said is then missing, which judges notice. */
export function parseRunLines(text: string): readonly RunLine[] {
  return text.split("\n").flatMap((line) => {
    const parsed = parseRunLine(line);
    return parsed === undefined ? [] : [parsed];
  });
}

function parseRunLine(line: string): RunLine | undefined {
  let written: WrittenLine;
  try {
    written = JSON.parse(line) as WrittenLine;
  } catch {
    return undefined;
  }
  const times = { beganAt: BigInt(written.beganAt), endedAt: BigInt(written.endedAt) };
  if (written.kind === "probe") {
    const { kind, trial, ...sent } = written;
    return { kind, trial, sent: { ...sent, ...times } };
  }
  const { kind, trial, change, phase } = written;
  return { kind, trial, change: { change, phase, ...times } };
}

/** `drops.json`, indented, with a line end. */
export function serialiseDrops(drops: DropsFile): string {
  return `${JSON.stringify(drops, undefined, 2)}\n`;
}

/** A file that was cut off says nothing about any recording. */
export function parseDrops(text: string): DropsFile {
  try {
    return JSON.parse(text) as DropsFile;
  } catch {
    return { recordings: [] };
  }
}

export function serialiseFact(fact: FactFile): string {
  return `${JSON.stringify(fact, undefined, 2)}\n`;
}

/** Undefined where the file is no whole fact. */
export function parseFact(text: string): FactFile | undefined {
  try {
    return JSON.parse(text) as FactFile;
  } catch {
    return undefined;
  }
}
