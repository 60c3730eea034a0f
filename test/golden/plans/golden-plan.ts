import { readFileSync } from "node:fs";
import { planOf } from "../../../src/plan/partition.ts";
import { machineOf } from "../../../src/plan/placement.ts";
import { planTopology } from "../../../src/plan/plan-topology.ts";
import { renderPlan } from "../../../src/plan/render.ts";
import { parseTopology } from "../../../src/topology/parse.ts";
import type { Topology } from "../../../src/topology/topology.ts";

export const topologiesFolder: string = new URL("../../../topologies/", import.meta.url).pathname;
export const plansFolder: string = new URL("./", import.meta.url).pathname;

/** The plan of a file in `topologies/`, on `local` unless it places its nodes, as `lab plan` prints it. */
export function goldenPlan(file: string): string {
  const parsed = parseTopology(readFileSync(`${topologiesFolder}${file}`, "utf8"), file);
  if (!("topology" in parsed)) throw new Error(JSON.stringify(parsed.diagnostics, undefined, 2));
  const { topology } = parsed;
  const place = topology.machines === undefined ? () => "local" : machineIn(topology);
  return renderPlan(planOf(topology, planTopology(topology), place));
}

function machineIn(topology: Topology): (node: string) => string {
  return (node) => machineOf(topology, node);
}

export function goldenFileOf(topologyFile: string): string {
  return `${plansFolder}${topologyFile.replace(/\.yml$/, ".txt")}`;
}
