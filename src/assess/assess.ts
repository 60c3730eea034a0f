import type { RecorderResult } from "../capture/recorder.ts";
import type { DaemonCaller } from "../daemon/client.ts";
import type { PointCounts, RecordingCounts } from "../evidence/run-directory.ts";
import { after } from "../machine/clock.ts";
import { listFiles, makeFolder, removePath } from "../machine/files.ts";
import type { LabObject } from "../plan/object.ts";
import type { Topology } from "../topology/topology.ts";
import type { Trial } from "../trial/trial.ts";
import { milliseconds } from "../units/milliseconds.ts";
import { placeOf } from "./probe-requests.ts";
import { planRounds, type Round } from "./rounds.ts";
import { runStep } from "./run-step.ts";
import type { RunWriter } from "./run-writer.ts";

export type AssessRequest = {
  readonly topology: Topology;
  /** What the topology means, for reading what exists. */
  readonly desired: readonly LabObject[];
  readonly trials: readonly Trial[];
  readonly client: DaemonCaller;
  /** A folder that this machine and the lab's machine share, as each of them names it. */
  readonly exchange: { readonly here: string; readonly there: string };
  readonly writer: RunWriter;
  readonly say: (line: string) => void;
};

/** Trials whose work in the lab ended in error. */
export type FailedTrials = { readonly trials: readonly Trial[]; readonly message: string };

/**
 * Runs the trials on the network as it is now and writes the run directory's evidence. A round that fails does not keep
 * the others from being run; what was recorded of it stays.
 */
export async function assess(request: AssessRequest): Promise<readonly FailedTrials[]> {
  const { say } = request;
  const failures: FailedTrials[] = [];
  let index = 0;
  const nextIndex = (): number => index++;
  const rounds = planRounds(request.trials);
  for (const [position, round] of rounds.entries()) {
    const names = round.trials.map((trial) => trial.id).join(", ");
    say(
      `round ${position + 1} of ${rounds.length}: ${shortened(names)}, ${round.points.length} points`,
    );
    try {
      await runRound(request, round, nextIndex);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      say(`  failed: ${message}`);
      failures.push({ trials: round.trials, message });
    }
  }
  return failures;
}

async function runRound(
  request: AssessRequest,
  round: Round,
  nextIndex: () => number,
): Promise<void> {
  const { topology, client, writer, desired, say } = request;
  const actual = await client.call("read", { desired });
  const recording = await startRecording(request, round);
  try {
    for (const step of round.steps) {
      say(`  ${stepName(step)}`);
      await runStep(step, { topology, client, writer, actual, nextIndex });
    }
    await after(travelTime(topology));
  } finally {
    await recording.stop();
  }
}

function stepName(step: Round["steps"][number]): string {
  const [first] = step;
  const { change } = first?.phase ?? {};
  const count = step.reduce((sum, { phase }) => sum + phase.send.length, 0);
  const what = change === undefined ? (first?.phase.name ?? "") : JSON.stringify(change);
  return `${count} probes: ${what}`;
}

function shortened(text: string): string {
  return text.length > 100 ? `${text.slice(0, 97)}...` : text;
}

/** How long the last frame may be under way: every impaired link once, both ways, and a little for the kernel. */
function travelTime(topology: Topology): ReturnType<typeof milliseconds> {
  let delays = 0;
  for (const { impairment } of topology.links) delays += impairment?.delay ?? 0;
  return milliseconds(20 + 4 * delays);
}

async function startRecording(
  { topology, client, exchange, writer }: AssessRequest,
  round: Round,
): Promise<{ stop(): Promise<void> }> {
  const folder = `round${round.suffix}`;
  const here = `${exchange.here}/${folder}`;
  removePath(here);
  makeFolder(here, 0o755);
  const points = round.points.map((point) => ({ point, ...placeOf(topology, point) }));
  const directory = `${exchange.there}/${folder}`;
  await client.call("record-start", { points, directory });
  return {
    stop: async () => {
      const result = await client.call("record-stop", {});
      const made = listFiles(here);
      for (const node of new Set(round.points.map((point) => point.split(":")[0] ?? ""))) {
        const file = `${node}.pcapng`;
        const counts = countsOf(node, round, result);
        writer.takeRecording(made.includes(file) ? `${here}/${file}` : undefined, counts);
      }
      removePath(here);
    },
  };
}

/** Counts of one node: of its points, also those that were never recorded. */
function countsOf(node: string, round: Round, result: RecorderResult): RecordingCounts {
  const isHere = ({ point }: { readonly point: string }): boolean => point.split(":")[0] === node;
  const recorded: PointCounts[] = result.points.filter(isHere).map((point) => ({
    point: point.point,
    received: point.received,
    dropped: point.dropped,
    ...(point.sentinel === undefined ? {} : { sentinel: point.sentinel }),
    ...(point.error === undefined ? {} : { error: point.error }),
  }));
  const failed: PointCounts[] = result.failures.filter(isHere).map(({ point, error }) => ({
    ...{ point, received: 0, dropped: 0, error },
    ...(/ENODEV|ENOENT/.test(error) ? { absent: true } : {}),
  }));
  return {
    recording: `points/${node}${round.suffix}.pcapng`,
    trials: round.trials.map((trial) => trial.id),
    points: [...recorded, ...failed],
  };
}
