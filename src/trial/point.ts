import type { Endpoint, Topology } from "../topology/topology.ts";
import type { Point, ProbeId, TrialId } from "./trial.ts";

/** `hv1` and `p0`: `hv1:p0`. */
export function point(node: string, port: string): Point {
  return `${node}:${port}` as Point;
}

/** The far end of a physical switch's test port. */
export function testStation(switchName: string): Point {
  return point(`${switchName}.test`, "eth0");
}

/** The node a point lies in: everything before the first colon. */
export function nodeOfPoint(at: Point): string {
  return at.slice(0, at.indexOf(":"));
}

export function probeId(text: string): ProbeId {
  return text as ProbeId;
}

export function trialId(text: string): TrialId {
  return text as TrialId;
}

/** What is at the other end of the cable in this port. */
export function cabledTo(topology: Topology, node: string, port: string): Endpoint | undefined {
  for (const { a, b } of topology.links) {
    if (a.node === node && a.port === port) return b;
    if (b.node === node && b.port === port) return a;
  }
  return undefined;
}

/** Where frames of this vNIC enter the network: its host's side of it, or the far end of its cable. */
export function farSide(topology: Topology, workload: string, vnic: string): Point | undefined {
  const host = topology.workloads.find(({ name }) => name === workload)?.host;
  if (host !== undefined) return point(host, `${workload}:${vnic}`);
  const far = cabledTo(topology, workload, vnic);
  return far === undefined ? undefined : point(far.node, far.port);
}

/** The other end of the cable at a point, in either direction; undefined where there is none (a bond, a test station). */
export function farPoint(topology: Topology, at: Point): Point | undefined {
  const [node = "", ...rest] = at.split(":");
  const port = rest.join(":");
  const isHostSide = topology.hosts.some(({ name }) => name === node) && rest.length > 1;
  if (isHostSide) return port as Point;
  if (topology.workloads.some(({ name }) => name === node)) return farSide(topology, node, port);
  const far = cabledTo(topology, node, port);
  return far === undefined ? undefined : point(far.node, far.port);
}
