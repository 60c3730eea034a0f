import { assess, type FailedTrials } from "../assess/assess.ts";
import {
  planFile,
  type RunDescription,
  RunWriter,
  runFile,
  topologyFile,
} from "../assess/run-writer.ts";
import type { LabRecord } from "../lifecycle/lab-record.ts";
import { isoNow } from "../machine/clock.ts";
import { readFileSync } from "../machine/files.ts";
import { projectDirectory } from "../machine/project-directory.ts";
import { labDirectory } from "../machine/state-directory.ts";
import { neededCapabilities } from "../plan/capabilities.ts";
import { planOf } from "../plan/partition.ts";
import { machineOf } from "../plan/placement.ts";
import { planTopology } from "../plan/plan-topology.ts";
import { renderJson } from "../report/json.ts";
import type { Check } from "../score/check.ts";
import type { Result } from "../score/result.ts";
import type { Topology } from "../topology/topology.ts";
import type { Context } from "./context.ts";
import { scoreRun, writeReports } from "./score-run.ts";
import type { OpenLab } from "./with-lab.ts";

/** A finished assessment: where it lies, and what it says. */
export type Assessed = { readonly directory: string; readonly result: Result };

/** Assesses a lab that is up. The run directory and all its reports are written, also when a part of the work failed. */
export async function assessLab(
  context: Context,
  lab: OpenLab,
  checks: readonly Check[],
  folder: string,
): Promise<Assessed> {
  const startedAt = isoNow();
  const directory = `${folder}/${startedAt.replaceAll(":", "-")}`;
  using writer = new RunWriter(directory);
  const { topology, text, record, machine } = lab;
  const desired = planTopology(topology);
  const clocks = await machine.prepare();
  const description = {
    ...{ toolVersion: toolVersion(), lab: topology.name, machines: machinesIn(record), startedAt },
    ...(clocks.length === 0 ? {} : { clocks }),
    checks: checks.map(({ id }) => id),
  };
  writer.writeText(topologyFile, text);
  const wanted = neededCapabilities(desired);
  const capabilities = await machine.client.call("capabilities", { wanted });
  writer.writeText(
    planFile,
    renderJson({
      lab: topology.name,
      machines: planOf(topology, desired, placeIn(topology, record)).machines.map((plan) => ({
        machine: plan.machine,
        capabilities,
        operations: plan.operations,
      })),
    }),
  );
  writer.writeText(runFile, renderJson(description));
  const trialsOf = checks.flatMap((check) =>
    check.appliesTo(topology) === true
      ? check.trials(topology).map((trial) => ({ check, trial }))
      : [],
  );
  const failures = await assess({
    ...{ topology, desired, writer, say: context.say, client: machine.client },
    trials: trialsOf.map(({ trial }) => trial),
    exchange: {
      here: labDirectory(topology.name).exchange,
      there: machine.guests?.[0]?.exchangeInGuest ?? labDirectory(topology.name).exchange,
    },
  });
  const errors = errorsOf(failures, trialsOf);
  if (errors.length > 0) writer.writeText(runFile, renderJson({ ...description, errors }));
  const result = await scoreRun(directory);
  writeReports(directory, result);
  return { directory, result };
}

/** A lab on one machine calls it by its kind. */
function machinesIn({ machine, kernel, guests = [] }: LabRecord): RunDescription["machines"] {
  const names = guests.length > 1 ? guests.map(({ name }) => name) : [machine];
  return names.map((name) => ({ name, kind: machine, kernel }));
}

/** The machine of each node, by the names that the run gives them. */
function placeIn(topology: Topology, record: LabRecord): (node: string) => string {
  const isOne = record.layout.machines.length === 1;
  return (node) => (isOne ? record.machine : machineOf(topology, node));
}

function errorsOf(
  failures: readonly FailedTrials[],
  trialsOf: readonly { readonly check: Check; readonly trial: FailedTrials["trials"][number] }[],
): readonly { readonly id: string; readonly message: string }[] {
  const messages = new Map<string, string>();
  for (const { trials, message } of failures) {
    for (const { check, trial } of trialsOf) {
      if (trials.includes(trial)) messages.set(check.id, message);
    }
  }
  return [...messages].map(([id, message]) => ({ id, message }));
}

/** The version in package.json. */
export function toolVersion(): string {
  const text = readFileSync(`${projectDirectory()}/package.json`) ?? "{}";
  return (JSON.parse(text) as { version?: string }).version ?? "0";
}
