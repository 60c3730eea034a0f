import { neededCapabilities } from "../../plan/capabilities.ts";
import { planTopology } from "../../plan/plan-topology.ts";
import { renderJson } from "../../report/json.ts";
import type { Command } from "../command.ts";
import { usageError } from "../context.ts";
import { readTopologyFile } from "../topology-file.ts";

const usage = "validate FILE";

export const validate: Command = {
  name: "validate",
  usage,
  summary: "say whether a topology file is right; every fault with its line and column",
  options: {},
  run: async (context, { positionals: [path] }) => {
    if (path === undefined) throw usageError("which file?", usage);
    const { topology } = readTopologyFile(path);
    const needs = neededCapabilities(planTopology(topology));
    const counts = {
      switches: topology.switches.length,
      hosts: topology.hosts.length,
      workloads: topology.workloads.length,
      routers: topology.routers.length,
      links: topology.links.length,
    };
    if (context.json) {
      context.out(renderJson({ lab: topology.name, valid: true, ...counts, needs }));
      return 0;
    }
    const text = Object.entries(counts)
      .map(([name, count]) => `${count} ${name}`)
      .join(", ");
    context.out(
      `${path} is right: lab "${topology.name}" with ${text}\nneeds: ${needs.join(", ")}\n`,
    );
    return 0;
  },
};
