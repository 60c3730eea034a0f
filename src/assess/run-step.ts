import type { DaemonCaller } from "../daemon/client.ts";
import type { FactRequest } from "../daemon/protocol.ts";
import type { SentProbe } from "../evidence/evidence.ts";
import type { FactFile } from "../evidence/run-directory.ts";
import { after } from "../machine/clock.ts";
import { namespaceOf } from "../plan/names.ts";
import type { LabObject } from "../plan/object.ts";
import { planChange } from "../plan/plan-change.ts";
import type { Topology } from "../topology/topology.ts";
import type { ProbeResult } from "../traffic/requests.ts";
import type { FactQuery, Probe } from "../trial/trial.ts";
import { milliseconds } from "../units/milliseconds.ts";
import { probeRequest } from "./probe-requests.ts";
import type { Step } from "./rounds.ts";
import type { RunWriter } from "./run-writer.ts";

/** What all steps of an assessment share. */
export type StepContext = {
  readonly topology: Topology;
  readonly client: DaemonCaller;
  readonly writer: RunWriter;
  /** The network as it was when the round began; a change is planned from what is, not from what was meant. */
  readonly actual: readonly LabObject[];
  /** Numbers for tokens, unique in the assessment. */
  readonly nextIndex: () => number;
};

type Moment = FactFile["moment"];

const settleMs = 6000;

/** One step of a round: sends what its phases send, with the change they share around or within it. */
export async function runStep(step: Step, context: StepContext): Promise<void> {
  const { topology, client, actual } = context;
  const [first] = step;
  if (first === undefined) return;
  await readFacts(step, "before", context);
  const { change, changeAfter = milliseconds(0) } = first.phase;
  const operations = change === undefined ? [] : planChange(topology, actual, change);
  const id = `${first.trial.id}/${first.phase.name}`;
  const begin = (): Promise<{ at: string }> => client.call("change-begin", { id, operations });
  let began: Promise<{ at: string }> | undefined;
  if (change !== undefined && changeAfter === 0) {
    began = begin();
    await began;
  }
  const sending = send(step, context);
  if (change !== undefined && changeAfter > 0) began = after(changeAfter).then(begin);
  await sending;
  const { at } = (await began) ?? { at: "0" };
  await readFacts(step, "during", context);
  if (change === undefined) return;
  const ended = await client.call("change-end", { id });
  await client.call("settle", { deadlineMs: settleMs });
  const times = { beganAt: BigInt(at), endedAt: BigInt(ended.at) };
  for (const { trial, phase } of step) {
    const record = { change, phase: phase.name, ...times };
    context.writer.writeLine({ kind: "change", trial: trial.id, change: record });
  }
  await readFacts(step, "after", context);
}

async function send(step: Step, context: StepContext): Promise<void> {
  const { topology, client, writer, nextIndex } = context;
  const sends = step.flatMap(({ trial, phase }) =>
    phase.send.map((probe) => ({ trial, phase, probe, index: nextIndex() })),
  );
  if (sends.length === 0) return;
  const requests = sends.map(({ probe, index }) => probeRequest(topology, probe, index));
  const results = await client.call("send", { requests });
  const byIndex = new Map(results.map((result) => [result.index, result]));
  for (const { trial, phase, probe, index } of sends) {
    const result = byIndex.get(index);
    if (result === undefined) continue;
    writer.writeLine({
      kind: "probe",
      trial: trial.id,
      sent: sentProbe(probe, phase.name, result),
    });
  }
}

const absentCodes = /\b(ENODEV|ENOENT|ENXIO)\b/;

function sentProbe(probe: Probe, phase: string, result: ProbeResult): SentProbe {
  const { index, sent, error, answer, sourcePort, sourcePorts } = result;
  return {
    ...{ probe, phase, index, sent },
    ...(error === undefined ? {} : { error }),
    ...(error !== undefined && absentCodes.test(error) ? { absent: true } : {}),
    beganAt: BigInt(result.beganAt),
    endedAt: BigInt(result.endedAt),
    ...(answer === undefined ? {} : { answer }),
    ...(sourcePort === undefined ? {} : { sourcePort }),
    ...(sourcePorts === undefined ? {} : { sourcePorts }),
  };
}

async function readFacts(step: Step, moment: Moment, context: StepContext): Promise<void> {
  const { client, topology, writer } = context;
  const queries = step.flatMap(({ trial, phase }) =>
    phase.read.map((query) => ({ trial, phase, query })),
  );
  if (queries.length === 0) return;
  const requests = queries.map(({ query }) => factRequest(topology, query));
  const answers = await client.call("facts", { requests });
  queries.forEach(({ trial, phase, query }, position) => {
    const answer = answers[position];
    if (answer === undefined) return;
    writer.writeFact({ trial: trial.id, phase: phase.name, moment, query, ...answer });
  });
}

function factRequest(topology: Topology, query: FactQuery): FactRequest {
  const namespace = namespaceOf(topology.name, query.node);
  return {
    kind: query.kind,
    namespace,
    ...(query.kind === "bond" ? { argument: query.bond } : {}),
  };
}
