import { notUp } from "../../lifecycle/lab-absent.ts";
import { isRemembered } from "../../lifecycle/take-down-lab.ts";
import { listFiles, readFileSync } from "../../machine/files.ts";
import { labDirectory } from "../../machine/state-directory.ts";
import { renderJson } from "../../report/json.ts";
import type { Command } from "../command.ts";
import { usageError } from "../context.ts";

const usage = "logs LAB";

export const logs: Command = {
  name: "logs",
  usage,
  summary: "what the lab's daemon, its guest's console and its journal say",
  options: {},
  run: async (context, { positionals: [name] }) => {
    if (name === undefined) throw usageError("which lab?", usage);
    if (!isRemembered(name)) throw notUp(name);
    const { daemonLog, guest, guests, journal } = labDirectory(name);
    const consoles = listFiles(guests).map((each): [string, string] => [
      `console of ${each}`,
      `${guests}/${each}/console.log`,
    ]);
    const files = {
      ...{ daemon: daemonLog, console: `${guest}/console.log` },
      ...Object.fromEntries(consoles),
      journal,
    };
    const texts = Object.entries(files).flatMap(([what, path]) => {
      const text = readFileSync(path);
      return text === undefined ? [] : [{ what, path, text }];
    });
    if (context.json) context.out(renderJson(texts));
    for (const { what, path, text } of context.json ? [] : texts) {
      const shown = what === "journal" ? `${text.split("\n").length - 1} entries\n` : text;
      context.out(`== ${what}: ${path}\n${shown}`);
    }
    return 0;
  },
};
