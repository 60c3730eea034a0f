import { renderJson } from "../../report/json.ts";
import { renderGraph, topologyGraph } from "../../topology/graph.ts";
import type { Command } from "../command.ts";
import { usageError } from "../context.ts";
import { readTopologyFile } from "../topology-file.ts";

const usage = "graph FILE [--dot]";

export const graph: Command = {
  name: "graph",
  usage,
  summary: "draw a topology as Mermaid text, or as Graphviz with --dot",
  options: { dot: { type: "boolean" } },
  run: async (context, call) => {
    const [path] = call.positionals;
    if (path === undefined) throw usageError("which file?", usage);
    const drawn = topologyGraph(readTopologyFile(path).topology);
    if (context.json) context.out(renderJson(drawn));
    else context.out(renderGraph(drawn, call.flag("dot") ? "dot" : "mermaid"));
    return 0;
  },
};
