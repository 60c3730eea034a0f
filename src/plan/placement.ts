import type { Topology } from "../topology/topology.ts";
import { nameParts, namespaceOf } from "./names.ts";

/** The machine of nodes that the topology does not place. */
export const mainMachine = "main";

/** A cable between two machines. Its number is that of the NIC at either end, and unique in the lab. */
export type Wire = { readonly number: number; readonly machines: readonly [string, string] };

/** The machine that carries a node; a switch's test station is where the switch is. */
export function machineOf(topology: Topology, node: string): string {
  const { machines = {} } = topology;
  const owner = node.endsWith(".test") ? node.slice(0, -".test".length) : node;
  return Object.hasOwn(machines, owner) ? (machines[owner] ?? mainMachine) : mainMachine;
}

/** The machines of a topology, in the order of their first node. */
export function machinesOf(topology: Topology): readonly string[] {
  const nodes = [...nameParts(topology).interfaces.keys()];
  return [...new Set(nodes.map((node) => machineOf(topology, node)))];
}

/** The machine of each namespace. */
export function machineByNamespace(topology: Topology): ReadonlyMap<string, string> {
  const nodes = [...nameParts(topology).interfaces.keys()];
  return new Map(
    nodes.map((node) => [namespaceOf(topology.name, node), machineOf(topology, node)]),
  );
}

/** The cables that lead from one machine to another, numbered in the order of the file. */
export function wiresOf(topology: Topology): readonly Wire[] {
  return [...wireNumbers(topology)].map(([link, number]) => ({
    number,
    machines: [machineOf(topology, link.a.node), machineOf(topology, link.b.node)],
  }));
}

/** The number of each link that is a wire. */
export function wireNumbers(topology: Topology): ReadonlyMap<Topology["links"][number], number> {
  const crossing = topology.links.filter(
    ({ a, b }) => machineOf(topology, a.node) !== machineOf(topology, b.node),
  );
  return new Map(crossing.map((link, number) => [link, number]));
}
