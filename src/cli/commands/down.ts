import { notUp } from "../../lifecycle/lab-absent.ts";
import { lockLab } from "../../lifecycle/lab-lock.ts";
import { takeDownLab } from "../../lifecycle/take-down-lab.ts";
import { isoNow } from "../../machine/clock.ts";
import { traceableLabs } from "../../machine/state-directory.ts";
import { renderJson } from "../../report/json.ts";
import type { Command } from "../command.ts";
import { commandText } from "../command-text.ts";
import { type Context, usageError } from "../context.ts";

const usage = "down LAB|--all";

export const down: Command = {
  name: "down",
  usage,
  summary: "take a lab away, whatever state it is in; returns when the kernel has let go",
  options: { all: { type: "boolean" } },
  run: async (context, call) => {
    const [name] = call.positionals;
    const all = call.flag("all");
    if ((name === undefined) === !all) throw usageError("which lab?", usage);
    const known = traceableLabs();
    if (name !== undefined && !known.includes(name)) throw notUp(name);
    const labs = name === undefined ? known : [name];
    const taken: Taken[] = [];
    let failed: Error | undefined;
    for (const lab of labs) {
      try {
        taken.push(await takeOne(context, lab));
      } catch (error) {
        // One that is busy or stuck must not keep the others up; it is told of at the end.
        failed ??= error as Error;
      }
    }
    if (context.json) context.out(renderJson(taken));
    else if (labs.length === 0) context.out("no lab is up\n");
    else if (taken.length > 0) context.out(`down: ${taken.map(({ lab }) => lab).join(", ")}\n`);
    if (failed !== undefined) throw failed;
    return 0;
  },
};

type Taken = { readonly lab: string; readonly namespaces: number; readonly processes: number };

async function takeOne(context: Context, lab: string): Promise<Taken> {
  using lock = lockLab(lab, commandText(), isoNow());
  const { namespaces, processes } = await takeDownLab(lab, lock);
  context.say(`${lab}: ended ${processes} processes, deleted ${namespaces} namespaces`);
  return { lab, namespaces, processes };
}
