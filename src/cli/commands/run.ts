import { chooseResults } from "../../machine/results-directory.ts";
import { baselineExit, compareResults, renderComparison } from "../../report/compare.ts";
import { exitCodeOf } from "../../score/exit-code.ts";
import { assessLab } from "../assess-lab.ts";
import type { Command } from "../command.ts";
import { usageError } from "../context.ts";
import { chosenChecks, readResult } from "../score-run.ts";
import { isFile } from "../topology-file.ts";
import { withLab } from "../with-lab.ts";
import { printResult } from "./assess.ts";

const usage = "run FILE [--check ID]... [--baseline DIR] [--results DIR] [--strict]";

export const run: Command = {
  name: "run",
  usage,
  summary:
    "bring a lab up, assess it, report and take it down; --baseline fails only on what is new",
  options: {
    check: { type: "string", multiple: true },
    baseline: { type: "string" },
    results: { type: "string" },
    strict: { type: "boolean" },
    machine: { type: "string" },
  },
  run: async (context, call) => {
    const [file] = call.positionals;
    if (file === undefined || !isFile(file)) throw usageError("which file?", usage);
    const strict = call.flag("strict");
    const baselineDirectory = call.text("baseline");
    const baseline = baselineDirectory === undefined ? undefined : readResult(baselineDirectory);
    const results = chooseResults(call.text("results"));
    const checks = chosenChecks(call.texts("check"));
    const { directory, result } = await withLab(context, call, file, (lab) =>
      assessLab(context, lab, checks, results(lab.topology.name)),
    );
    printResult(context, result, directory);
    if (baseline === undefined) return exitCodeOf(result, { strict });
    const comparison = compareResults(baseline, result);
    if (!context.json) context.out(`\n${renderComparison(comparison, context.layout)}`);
    return baselineExit(comparison, { strict });
  },
};
