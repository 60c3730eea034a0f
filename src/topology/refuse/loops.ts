import { bridgeSide, DisjointSets, switchVertex } from "../broadcast-domains.ts";
import type { Context } from "../resolve/context.ts";
import type { Endpoint, Link, PhysicalSwitch, SwitchPort, Topology } from "../topology.ts";

/**
 * A circle of physical switches in one VLAN. Frames would run round for ever. One switch with STP in the circle breaks
 * it, since the others pass its BPDUs on; the cables of a LAG count as one; a host's bond never passes frames on.
 */
export function refuseLoops(context: Context, topology: Topology): void {
  const sets = new DisjointSets();
  const graph = new Map<string, Set<string>>();
  const groups = new Set<string>();
  for (const link of topology.links) {
    const ends = [portAt(topology, link.a), portAt(topology, link.b)] as const;
    const [a, b] = ends;
    if (a === undefined || b === undefined || a.device.stp || b.device.stp) continue;
    const group = lagPair(a, b);
    if (group !== undefined && groups.has(group)) continue;
    if (group !== undefined) groups.add(group);
    const closing = vlanEdges(a, b).filter(([, from, to]) => !sets.join(from, to));
    const [first] = closing;
    if (first !== undefined) reportLoop(context, link, first, closing, graph);
    for (const [, from, to] of vlanEdges(a, b)) {
      graph.set(from, (graph.get(from) ?? new Set()).add(to));
      graph.set(to, (graph.get(to) ?? new Set()).add(from));
    }
  }
}

type PortAt = { readonly device: PhysicalSwitch; readonly port: SwitchPort };
/** A VLAN as the first switch knows it, and its place on both switches. */
type VlanEdge = readonly [number, string, string];

function portAt(topology: Topology, end: Endpoint): PortAt | undefined {
  const device = topology.switches.find((candidate) => candidate.name === end.node);
  const port = device?.ports.find((candidate) => candidate.name === end.port);
  return device === undefined || port === undefined ? undefined : { device, port };
}

function lagPair(a: PortAt, b: PortAt): string | undefined {
  if (a.port.lag === undefined || b.port.lag === undefined) return undefined;
  return [`${a.device.name}:${a.port.lag}`, `${b.device.name}:${b.port.lag}`].sort().join(" ");
}

function vlanEdges(a: PortAt, b: PortAt): readonly VlanEdge[] {
  const from = bridgeSide(a.port.vlans, (vlan) => switchVertex(a.device.name, vlan));
  const to = bridgeSide(b.port.vlans, (vlan) => switchVertex(b.device.name, vlan));
  return from.leaves.flatMap(({ tag, vertex }) => {
    const entered = to.enters(tag);
    const vlan = tag === 0 ? a.port.vlans.untagged : tag;
    return entered === undefined || vlan === undefined ? [] : [[vlan, vertex, entered] as const];
  });
}

function reportLoop(
  context: Context,
  link: Link,
  [, from, to]: VlanEdge,
  closing: readonly VlanEdge[],
  graph: ReadonlyMap<string, ReadonlySet<string>>,
): void {
  const circle = shortestPath(graph, from, to).map((vertex) => vertex.split(" ")[1] ?? "");
  const switches = [...new Set(circle)];
  const vlans = closing.map(([vlan]) => vlan).join(", ");
  const names = switches.length === 1 ? `${switches[0]} to itself` : switches.join(", ");
  const message = `this cable closes a layer-2 loop (${names}) in VLAN ${vlans}; neither a bond nor STP breaks it: set stp: true on ${switches[0] ?? "a switch"}, make the cables a LAG, or take one out`;
  context.report(context.pathOf(link), message);
}

function shortestPath(
  graph: ReadonlyMap<string, ReadonlySet<string>>,
  from: string,
  to: string,
): readonly string[] {
  const cameFrom = new Map<string, string>([[from, from]]);
  const queue = [from];
  for (const vertex of queue) {
    if (vertex === to) break;
    for (const next of graph.get(vertex) ?? []) {
      if (cameFrom.has(next)) continue;
      cameFrom.set(next, vertex);
      queue.push(next);
    }
  }
  const path = [to];
  for (let vertex = to; vertex !== from; ) {
    const before = cameFrom.get(vertex);
    if (before === undefined) return [from, to];
    vertex = before;
    path.unshift(vertex);
  }
  return path;
}
