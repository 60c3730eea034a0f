import { assess, type FailedTrials } from "../assess/assess.ts";
import { planFile, RunWriter, runFile, topologyFile } from "../assess/run-writer.ts";
import { isoNow } from "../machine/clock.ts";
import { readFileSync } from "../machine/files.ts";
import { projectDirectory } from "../machine/project-directory.ts";
import { labDirectory } from "../machine/state-directory.ts";
import { neededCapabilities } from "../plan/capabilities.ts";
import { diff } from "../plan/diff.ts";
import { planTopology } from "../plan/plan-topology.ts";
import { renderJson } from "../report/json.ts";
import type { Check } from "../score/check.ts";
import type { Result } from "../score/result.ts";
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
  const machines = [{ name: record.machine, kind: record.machine, kernel: record.kernel }];
  const description = {
    ...{ toolVersion: toolVersion(), lab: topology.name, machines, startedAt },
    checks: checks.map(({ id }) => id),
  };
  writer.writeText(topologyFile, text);
  const wanted = neededCapabilities(desired);
  const capabilities = await machine.client.call("capabilities", { wanted });
  writer.writeText(
    planFile,
    renderJson({
      lab: topology.name,
      machines: [{ machine: record.machine, capabilities, operations: diff(desired, []) }],
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
      there: machine.guest?.exchangeInGuest ?? labDirectory(topology.name).exchange,
    },
  });
  const errors = errorsOf(failures, trialsOf);
  if (errors.length > 0) writer.writeText(runFile, renderJson({ ...description, errors }));
  const result = await scoreRun(directory);
  writeReports(directory, result);
  return { directory, result };
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
