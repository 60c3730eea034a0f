import { baselineExit, compareResults, renderComparison } from "../../report/compare.ts";
import { renderJson } from "../../report/json.ts";
import type { Command } from "../command.ts";
import { usageError } from "../context.ts";
import { readResult } from "../score-run.ts";

const usage = "compare RUN RUN [--strict]";

export const compare: Command = {
  name: "compare",
  usage,
  summary: "what changed from one run to another; fails only on what is new in the second",
  options: { strict: { type: "boolean" } },
  run: async (context, call) => {
    const [before, after] = call.positionals;
    if (before === undefined || after === undefined) throw usageError("which two runs?", usage);
    const comparison = compareResults(readResult(before), readResult(after));
    context.out(
      context.json ? renderJson(comparison) : renderComparison(comparison, context.layout),
    );
    return baselineExit(comparison, { strict: call.flag("strict") });
  },
};
