import { renderJunit } from "../../report/junit.ts";
import { renderPicture } from "../../report/picture.ts";
import { renderText } from "../../report/text.ts";
import { serialiseResult } from "../../score/result.ts";
import type { Command } from "../command.ts";
import { usageError } from "../context.ts";
import { readResult } from "../score-run.ts";

const usage = "report DIR [--format text|json|junit|svg]";

export const report: Command = {
  name: "report",
  usage,
  summary: "print the result of a run directory as text, JSON, JUnit or a picture",
  options: { format: { type: "string" } },
  run: async (context, call) => {
    const [directory] = call.positionals;
    if (directory === undefined) throw usageError("which run directory?", usage);
    const result = readResult(directory);
    const formats: Readonly<Record<string, () => string>> = {
      text: () => renderText(result, context.layout),
      json: () => serialiseResult(result),
      junit: () => renderJunit(result),
      svg: () => renderPicture(result),
    };
    const name = call.text("format") ?? (context.json ? "json" : "text");
    const render = formats[name];
    if (render === undefined) throw usageError(`there is no format "${name}"`, usage);
    context.out(render());
    return 0;
  },
};
