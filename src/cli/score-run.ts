import { catalogue } from "../../checks/catalogue.ts";
import { checks } from "../../checks/index.ts";
import {
  type RunDescription,
  runFile,
  topologyDigest,
  topologyFile,
} from "../assess/run-writer.ts";
import { readEvidence } from "../evidence/read-evidence.ts";
import { readFileSync, writeFileSync } from "../machine/files.ts";
import { folderFiles } from "../machine/folder-files.ts";
import { renderJunit } from "../report/junit.ts";
import { renderPicture } from "../report/picture.ts";
import { renderText } from "../report/text.ts";
import { assembleResult } from "../score/assemble-result.ts";
import type { Check, CheckId } from "../score/check.ts";
import { type Result, serialiseResult } from "../score/result.ts";
import { LabError } from "../units/lab-error.ts";
import { topologyOfText } from "./topology-file.ts";

/** The result of a run directory, from what lies in it alone: the same bytes whenever and wherever it is asked for. */
export async function scoreRun(directory: string): Promise<Result> {
  const description = readDescription(directory);
  const text = readFileSync(`${directory}/${topologyFile}`) ?? "";
  const topology = topologyOfText(text, `${directory}/${topologyFile}`);
  if (topology === undefined) throw notARun(directory);
  const evidence = await readEvidence(folderFiles(directory));
  const { toolVersion, machines, startedAt, checks: selected, errors } = description;
  return assembleResult({
    ...{ toolVersion, topology, machines, startedAt, checks, catalogue, evidence },
    topologyDigest: topologyDigest(text),
    selected: selected as readonly CheckId[],
    errors: (errors ?? []) as readonly { readonly id: CheckId; readonly message: string }[],
  });
}

/** Writes the result into its run directory, in every format. */
export function writeReports(directory: string, result: Result): void {
  writeFileSync(`${directory}/result.json`, serialiseResult(result));
  writeFileSync(`${directory}/report.txt`, renderText(result));
  writeFileSync(`${directory}/junit.xml`, renderJunit(result));
  writeFileSync(`${directory}/report.svg`, renderPicture(result));
}

/** The result as it was written. @throws LabError for a folder that is no run directory. */
export function readResult(directory: string): Result {
  const text = readFileSync(`${directory}/result.json`);
  if (text === undefined) throw notARun(directory);
  return JSON.parse(text) as Result;
}

function readDescription(directory: string): RunDescription {
  const text = readFileSync(`${directory}/${runFile}`);
  if (text === undefined) throw notARun(directory);
  return JSON.parse(text) as RunDescription;
}

function notARun(directory: string): LabError {
  return new LabError("LAB_E_RUN_DIRECTORY", `${directory} is not a run directory`, {
    fix: "give a folder that `lab assess` or `lab run` made, such as results/LAB/TIME",
    exitCode: 2,
  });
}

/** The checks asked for by id or alias; all of them when none is named. @throws LabError for an unknown id. */
export function chosenChecks(ids: readonly string[]): readonly Check[] {
  if (ids.length === 0) return checks;
  return ids.map((word) => {
    const id = resolveId(word);
    const check = checks.find((candidate) => candidate.id === id);
    if (check !== undefined) return check;
    const known = checks.map((candidate) => candidate.id).join(", ");
    throw new LabError("LAB_E_CHECK_UNKNOWN", `there is no check "${word}"`, {
      fix: `use one of: ${known}`,
      exitCode: 2,
    });
  });
}

/** The catalogue's id behind an id or alias in any case. */
export function resolveId(word: string): string {
  const wanted = word.toUpperCase();
  if (wanted === "REACHABILITY") return "reachability";
  const entry = catalogue.find(
    ({ id, aliases }) => id === wanted || aliases.some((alias) => alias.id === wanted),
  );
  return entry?.id ?? word;
}
