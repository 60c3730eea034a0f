import type { BondMonitor } from "../../topology/topology.ts";
import { monitorSettings } from "../bond.ts";
import type { LabObject } from "../object.ts";
import { noSuchTarget, portLink, type Running, replaced } from "./running.ts";

export function bondMonitor(
  running: Running,
  node: string,
  name: string,
  monitor: BondMonitor,
): readonly LabObject[] {
  const link = portLink(running, { node, port: name });
  if (link.type !== "bond") throw noSuchTarget(`the bond ${node}:${name}`);
  const bond = { ...link.bond, ...monitorSettings(monitor) };
  return replaced(running.objects, link, { ...link, bond });
}
