import { diff } from "../../plan/diff.ts";
import { listPoints } from "../../plan/names.ts";
import type { LabObject } from "../../plan/object.ts";
import { planTopology } from "../../plan/plan-topology.ts";
import { renderOperations } from "../../plan/render.ts";
import { renderJson } from "../../report/json.ts";
import { type NodeRow, renderNodes } from "../../report/listings.ts";
import type { Command } from "../command.ts";
import { usageError } from "../context.ts";
import { withLab } from "../with-lab.ts";

const usage = "inspect LAB";

export const inspect: Command = {
  name: "inspect",
  usage,
  summary:
    "show the parts of a lab as the kernel has them now, its points, and what differs from the file",
  options: {},
  run: async (context, call) => {
    const [name] = call.positionals;
    if (name === undefined) throw usageError("which lab?", usage);
    return await withLab(context, call, name, async ({ topology, machine, record }) => {
      const desired = planTopology(topology);
      const actual = await machine.client.call("read", { desired });
      const drift = diff(desired, actual);
      const points = listPoints(topology);
      if (context.json) {
        context.out(
          renderJson({ lab: topology.name, machine: record.machine, parts: actual, points, drift }),
        );
        return 0;
      }
      context.out(renderNodes(nodeRows(actual), context.layout));
      context.out(`\npoints: ${points.join(", ")}\n`);
      for (const line of renderOperations(drift)) context.out(`differs: ${line}\n`);
      return 0;
    });
  },
};

function nodeRows(objects: readonly LabObject[]): readonly NodeRow[] {
  const nodes = new Map(
    objects.flatMap((object) =>
      object.kind === "namespace" ? [[object.namespace, object.node] as const] : [],
    ),
  );
  return objects.flatMap((object): readonly NodeRow[] => {
    const node = nodes.get(object.namespace) ?? object.namespace;
    if (object.kind === "link" && object.type !== "loopback") {
      const master = object.master === undefined ? "" : `in ${object.master}`;
      const state = object.up ? "up" : "down";
      return [{ node, kind: object.type, part: object.name, state, detail: master }];
    }
    if (object.kind === "address") {
      return [{ node, kind: "address", part: object.link, state: "", detail: object.address }];
    }
    if (object.kind === "service") {
      const detail = `${object.protocol}/${object.port}`;
      return [{ node, kind: "service", part: "", state: "listens", detail }];
    }
    return [];
  });
}
