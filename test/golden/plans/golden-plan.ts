import { readFileSync } from "node:fs";
import { planOf } from "../../../src/plan/partition.ts";
import { planTopology } from "../../../src/plan/plan-topology.ts";
import { renderPlan } from "../../../src/plan/render.ts";
import { parseTopology } from "../../../src/topology/parse.ts";

export const topologiesFolder: string = new URL("../../../topologies/", import.meta.url).pathname;
export const plansFolder: string = new URL("./", import.meta.url).pathname;

/** The plan of a file in `topologies/`, all on one machine, as `lab plan` prints it. */
export function goldenPlan(file: string): string {
  const parsed = parseTopology(readFileSync(`${topologiesFolder}${file}`, "utf8"), file);
  if (!("topology" in parsed)) throw new Error(JSON.stringify(parsed.diagnostics, undefined, 2));
  const { topology } = parsed;
  return renderPlan(planOf(topology, planTopology(topology), () => "local"));
}

export function goldenFileOf(topologyFile: string): string {
  return `${plansFolder}${topologyFile.replace(/\.yml$/, ".txt")}`;
}
