import { notUp } from "../../lifecycle/lab-absent.ts";
import { lockLab } from "../../lifecycle/lab-lock.ts";
import { isRemembered, takeDownLab } from "../../lifecycle/take-down-lab.ts";
import { isoNow } from "../../machine/clock.ts";
import { rememberedLabs } from "../../machine/state-directory.ts";
import { renderJson } from "../../report/json.ts";
import type { Command } from "../command.ts";
import { commandText } from "../command-text.ts";
import { usageError } from "../context.ts";

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
    if (name !== undefined && !isRemembered(name)) throw notUp(name);
    const labs = name === undefined ? rememberedLabs() : [name];
    const taken = [];
    for (const lab of labs) {
      using lock = lockLab(lab, commandText(), isoNow());
      const { namespaces, processes } = await takeDownLab(lab, lock);
      taken.push({ lab, namespaces, processes });
      context.say(`${lab}: ended ${processes} processes, deleted ${namespaces} namespaces`);
    }
    if (context.json) context.out(renderJson(taken));
    else if (labs.length === 0) context.out("no lab is up\n");
    else context.out(`down: ${labs.join(", ")}\n`);
    return 0;
  },
};
