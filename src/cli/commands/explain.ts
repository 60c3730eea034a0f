import { catalogue } from "../../../checks/catalogue.ts";
import { renderExplanation } from "../../report/explain.ts";
import { renderJson } from "../../report/json.ts";
import { LabError } from "../../units/lab-error.ts";
import type { Command } from "../command.ts";
import { usageError } from "../context.ts";
import { resolveId } from "../score-run.ts";

const usage = "explain ID";

export const explain: Command = {
  name: "explain",
  usage,
  summary: "what a recommendation of SP 800-125B says, when it applies and what mends a failure",
  options: {},
  run: async (context, { positionals: [word] }) => {
    if (word === undefined) throw usageError("which recommendation?", usage);
    const id = resolveId(word);
    const entry = catalogue.find((candidate) => candidate.id === id);
    if (entry === undefined) {
      throw new LabError("LAB_E_RECOMMENDATION_UNKNOWN", `there is no recommendation "${word}"`, {
        fix: `the catalogue has: ${catalogue.map((known) => known.id).join(", ")}`,
        exitCode: 2,
      });
    }
    context.out(context.json ? renderJson(entry) : renderExplanation(entry, context.layout));
    return 0;
  },
};
