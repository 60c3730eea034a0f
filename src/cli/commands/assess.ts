import { chooseResults } from "../../machine/results-directory.ts";
import { renderText } from "../../report/text.ts";
import { exitCodeOf } from "../../score/exit-code.ts";
import type { Result } from "../../score/result.ts";
import { serialiseResult } from "../../score/result.ts";
import { assessLab } from "../assess-lab.ts";
import type { Command } from "../command.ts";
import { type Context, usageError } from "../context.ts";
import { chosenChecks, scoreRun } from "../score-run.ts";
import { withLab } from "../with-lab.ts";

const usage = "assess LAB|FILE [--check ID]... [--results DIR] [--strict] | assess --from DIR";

export const assess: Command = {
  name: "assess",
  usage,
  summary: "try the recommendations on a lab and score them; --from scores a stored run again",
  options: {
    check: { type: "string", multiple: true },
    from: { type: "string" },
    results: { type: "string" },
    strict: { type: "boolean" },
    machine: { type: "string" },
  },
  run: async (context, call) => {
    const from = call.text("from");
    const strict = call.flag("strict");
    if (from !== undefined) {
      const result = await scoreRun(from);
      printResult(context, result, from);
      return exitCodeOf(result, { strict });
    }
    const [target] = call.positionals;
    if (target === undefined) throw usageError("which lab or file?", usage);
    const results = chooseResults(call.text("results"));
    const checks = chosenChecks(call.texts("check"));
    const { directory, result } = await withLab(context, call, target, (lab) =>
      assessLab(context, lab, checks, results(lab.topology.name)),
    );
    printResult(context, result, directory);
    return exitCodeOf(result, { strict });
  },
};

/** The result on standard output, as text or as the document itself. */
export function printResult(context: Context, result: Result, directory: string): void {
  if (context.json) context.out(serialiseResult(result));
  else context.out(`${renderText(result, context.layout)}\nrun directory: ${directory}\n`);
}
