import { placeOf } from "../../assess/probe-requests.ts";
import { after } from "../../machine/clock.ts";
import { copyToOutput, makeFolder, moveFile, removePath } from "../../machine/files.ts";
import { labDirectory } from "../../machine/state-directory.ts";
import type { Point } from "../../trial/trial.ts";
import { parseDuration } from "../../units/milliseconds.ts";
import type { Command } from "../command.ts";
import { type Context, usageError } from "../context.ts";
import { onLab } from "../with-lab.ts";

const usage = "capture LAB POINT... [-w FILE|-] [--for 10s]";

export const capture: Command = {
  name: "capture",
  usage,
  summary: "record one or more points of a node into a pcapng file until Ctrl-C (or for a time)",
  options: {
    write: { type: "string", short: "w" },
    for: { type: "string" },
  },
  run: async (context, call) => {
    const [name, ...points] = call.positionals;
    if (name === undefined || points.length === 0)
      throw usageError("which lab, which point?", usage);
    const nodes = new Set(points.map((point) => point.split(":")[0]));
    if (nodes.size > 1) throw usageError("one file holds the points of one node", usage);
    const [node] = nodes;
    const target = call.text("write") ?? `${node}.pcapng`;
    const duration = call.text("for");
    await onLab(context, name, async ({ topology, machine }) => {
      const { exchange } = labDirectory(topology.name);
      const here = `${exchange}/capture`;
      const there = `${machine.guests?.[0]?.exchangeInGuest ?? exchange}/capture`;
      removePath(here);
      makeFolder(here);
      const places = points.map((point) => ({
        point: point as Point,
        ...placeOf(topology, point as Point),
      }));
      await machine.client.call("record-start", { points: places, directory: there });
      context.say(
        `recording ${points.join(", ")}; ${duration === undefined ? "Ctrl-C ends it" : `for ${duration}`}`,
      );
      await pauseFor(context, duration);
      const { points: counts } = await machine.client.call("record-stop", {});
      for (const { point, received, dropped } of counts) {
        context.say(`${point}: ${received} frames, ${dropped} dropped`);
      }
      if (target === "-") copyToOutput(`${here}/${node}.pcapng`);
      else moveFile(`${here}/${node}.pcapng`, target);
      removePath(here);
    });
    if (target !== "-") context.say(`written to ${target}`);
    return 0;
  },
};

/** Until the time is over, or Ctrl-C: that ends a recording, not the command. */
async function pauseFor(context: Context, duration: string | undefined): Promise<void> {
  const time = parseDuration(duration ?? "1440min");
  await after(time, context.interrupted).catch(() => undefined);
}
