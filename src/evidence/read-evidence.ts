import { createHash } from "node:crypto";
import { readRecording } from "../packet/recording-reader.ts";
import type { TrialId } from "../trial/trial.ts";
import { type KnownProbe, type ProbeTable, probeTable } from "./attribution.ts";
import type {
  ChangeRecord,
  Evidence,
  Fact,
  RecordedPoint,
  Recording,
  Sighting,
  StreamStatistics,
} from "./evidence.ts";
import {
  emptyFindings,
  type Findings,
  nameSighting,
  type RecordingScan,
  scanRecording,
} from "./recording-scan.ts";
import {
  dropsFile,
  factsDirectory,
  parseDrops,
  parseFact,
  parseRunLines,
  pointsDirectory,
  probesFile,
  type RecordingCounts,
  type RunFiles,
} from "./run-directory.ts";
import { streamStatistics } from "./stream-statistics.ts";
import { attributeTcp } from "./tcp-attribution.ts";

type TrialRecording = { readonly trials: readonly TrialId[]; readonly recording: Recording };

/** From the bytes of a run directory to the evidence of each trial, in the order the trials began. */
export async function readEvidence(files: RunFiles): Promise<readonly Evidence[]> {
  const paths = [...(await files.list())].sort();
  const lines = parseRunLines(await textOf(files, paths, probesFile));
  const probes: KnownProbe[] = [];
  const changes: { readonly trial: TrialId; readonly change: ChangeRecord }[] = [];
  for (const line of lines) {
    if (line.kind === "probe") probes.push({ trial: line.trial, sent: line.sent });
    else changes.push({ trial: line.trial, change: line.change });
  }
  const facts = await readFacts(files, paths);
  const findings = emptyFindings();
  const recordings = await readRecordings(files, paths, probeTable(probes), findings);
  for (const { known, sequence, role, sighting } of attributeTcp(probes, findings.candidates)) {
    findings.sightings.push({
      trial: known.trial,
      sighting: nameSighting(sighting, known, sequence, role),
    });
  }
  const sightings = Map.groupBy(findings.sightings, ({ trial }) => trial);
  const trials = new Set([...lines.map(({ trial }) => trial)]);
  return [...trials].map((trial) => ({
    trial,
    probes: probes.filter((known) => known.trial === trial).map(({ sent }) => sent),
    sightings: (sightings.get(trial) ?? []).map(({ sighting }) => sighting).sort(byFrame),
    streams: streamsOf(probes, findings, trial),
    changes: changes.filter((item) => item.trial === trial).map(({ change }) => change),
    facts: facts.filter((item) => item.trial === trial).map(({ fact }) => fact),
    recordings: recordings
      .filter(({ trials: own }) => own.includes(trial))
      .map(({ recording }) => recording),
  }));
}

function byFrame(left: Sighting, right: Sighting): number {
  if (left.recording !== right.recording) return left.recording < right.recording ? -1 : 1;
  return left.frame - right.frame;
}

function streamsOf(
  probes: readonly KnownProbe[],
  findings: Findings,
  trial: TrialId,
): readonly StreamStatistics[] {
  return probes.flatMap((known) => {
    const { probe } = known.sent;
    if (known.trial !== trial || probe.kind !== "stream") return [];
    return [streamStatistics(probe, known.sent, findings.traces.get(known) ?? [])];
  });
}

async function textOf(files: RunFiles, paths: readonly string[], path: string): Promise<string> {
  if (!paths.includes(path)) return "";
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of files.read(path)) text += decoder.decode(chunk, { stream: true });
  return text + decoder.decode();
}

async function readFacts(
  files: RunFiles,
  paths: readonly string[],
): Promise<readonly { readonly trial: TrialId; readonly fact: Fact }[]> {
  const facts: { readonly trial: TrialId; readonly fact: Fact }[] = [];
  for (const path of paths.filter((name) => name.startsWith(factsDirectory))) {
    const text = await textOf(files, paths, path);
    const parsed = parseFact(text);
    if (parsed === undefined) continue;
    const { trial, phase, moment, value } = parsed;
    const sha256 = createHash("sha256").update(text).digest("hex");
    facts.push({ trial, fact: { path, phase, moment, value, sha256 } });
  }
  return facts;
}

async function readRecordings(
  files: RunFiles,
  paths: readonly string[],
  table: ProbeTable,
  findings: Findings,
): Promise<readonly TrialRecording[]> {
  const drops = parseDrops(await textOf(files, paths, dropsFile));
  const recordings: TrialRecording[] = [];
  for (const path of paths.filter((name) => name.startsWith(pointsDirectory))) {
    const counts = drops.recordings.find(({ recording }) => recording === path);
    const recording = await readOne(files, path, counts, table, findings);
    recordings.push({ trials: counts?.trials ?? [], recording });
  }
  const missing = drops.recordings.filter(({ recording }) => !paths.includes(recording));
  return [...recordings, ...missing.map(lostRecording)];
}

async function readOne(
  files: RunFiles,
  path: string,
  counts: RecordingCounts | undefined,
  table: ProbeTable,
  findings: Findings,
): Promise<Recording> {
  const hash = createHash("sha256");
  const scan = scanRecording(path, table, findings);
  const chunks = hashed(files.read(path), hash);
  const { diagnostic } = await readRecording(chunks, scan.handlers);
  // What the reader left after a fault belongs to the digest as well.
  for await (const _ of chunks);
  const fault = diagnostic?.message ?? (counts === undefined ? `not in ${dropsFile}` : undefined);
  return {
    path,
    sha256: hash.digest("hex"),
    points: pointsOf(scan, counts),
    ...(fault === undefined ? {} : { fault }),
  };
}

/** Passes chunks on; leaving a loop over it early does not end it. */
function hashed(
  source: AsyncIterable<Uint8Array>,
  hash: { update(bytes: Uint8Array): unknown },
): AsyncIterable<Uint8Array> {
  const iterator = source[Symbol.asyncIterator]();
  const next = async (): Promise<IteratorResult<Uint8Array>> => {
    const step = await iterator.next();
    if (step.done !== true) hash.update(step.value);
    return step;
  };
  return { [Symbol.asyncIterator]: () => ({ next }) };
}

/** The recorder names the sentinel; it counts only where the file shows it at that frame. */
function pointsOf(
  scan: RecordingScan,
  counts: RecordingCounts | undefined,
): readonly RecordedPoint[] {
  const told = counts?.points ?? [];
  const untold = scan.points.filter((point) => !told.some((item) => item.point === point));
  return [
    ...told.map(({ point, received, dropped, sentinel, absent }) => {
      const isThere = sentinel !== undefined && scan.sentinels.get(point)?.includes(sentinel);
      return {
        point,
        received,
        dropped,
        ...(isThere === true ? { sentinel } : {}),
        ...(absent === true ? { absent } : {}),
      };
    }),
    ...untold.map((point) => ({ point, received: scan.packets.get(point) ?? 0, dropped: 0 })),
  ];
}

/** `drops.json` speaks of a file that is not there. */
function lostRecording(counts: RecordingCounts): TrialRecording {
  const points = counts.points.map(({ point, received, dropped, absent }) => ({
    point,
    received,
    dropped,
    ...(absent === true ? { absent } : {}),
  }));
  const recording = { path: counts.recording, sha256: "", points, fault: "the file is missing" };
  return { trials: counts.trials, recording };
}
