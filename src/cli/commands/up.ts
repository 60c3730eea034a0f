import { bringUp } from "../../lifecycle/bring-up.ts";
import { lockLab } from "../../lifecycle/lab-lock.ts";
import { isoNow } from "../../machine/clock.ts";
import { renderOperations } from "../../plan/render.ts";
import { renderJson } from "../../report/json.ts";
import type { Command } from "../command.ts";
import { commandText } from "../command-text.ts";
import { usageError } from "../context.ts";
import { readTopologyFile, topologyOfText } from "../topology-file.ts";
import { machineAsked } from "../with-lab.ts";

const usage = "up FILE [--repair] [--machine local|qemu]";

export const up: Command = {
  name: "up",
  usage,
  summary:
    "bring a lab up, or make it what the file says now; --repair mends what was changed by hand",
  options: { machine: { type: "string" }, repair: { type: "boolean" } },
  run: async (context, call) => {
    const [path] = call.positionals;
    if (path === undefined) throw usageError("which file?", usage);
    const { topology, text } = readTopologyFile(path);
    using lock = lockLab(topology.name, commandText(), isoNow());
    const machine = machineAsked(call);
    using done = await bringUp({
      ...{ topology, file: path, text, now: isoNow(), say: context.say, lock },
      interrupted: context.interrupted,
      repair: call.flag("repair"),
      ...(machine === undefined ? {} : { machine }),
      parseBefore: (before) => topologyOfText(before, path),
    });
    const { applied, drift, record } = done;
    if (context.json) {
      context.out(
        renderJson({ lab: topology.name, machine: record.machine, applied: applied.length, drift }),
      );
      return 0;
    }
    context.out(`lab "${topology.name}" is ${stateText(applied.length, drift.length)}\n`);
    for (const line of renderOperations(drift)) context.say(`differs: ${line}`);
    return 0;
  },
};

function stateText(applied: number, left: number): string {
  const rest =
    left === 0 ? "" : `; ${left} parts differ from the file and were left, --repair mends them`;
  if (applied > 0) return `up: ${applied} operations${rest}`;
  return left > 0 ? `up${rest}` : "as the file says: nothing to do";
}
