import type { Endpoint, Impairment } from "../../topology/topology.ts";
import { routesThrough } from "../dependents.ts";
import { nodeTable, vnicTable } from "../firewall.ts";
import { impairmentObject } from "../impairment.ts";
import { locatePart, namespaceOf, type Part, port, vnicPort } from "../names.ts";
import type { LabObject } from "../object.ts";
import { cableAt } from "./cable-end.ts";
import { noSuchTarget, type Running } from "./running.ts";

/** The rules of a node, or those at one vNIC of it, are gone. */
export function firewallOff(
  running: Running,
  node: string,
  vnic: string | undefined,
): readonly LabObject[] {
  const { topology, objects } = running;
  const host = topology.workloads.find(({ name }) => name === node)?.host;
  const place =
    vnic === undefined || host === undefined
      ? undefined
      : locatePart(topology, host, vnicPort(node, vnic));
  const namespace = place?.namespace ?? namespaceOf(topology.name, node);
  const table = vnic === undefined ? nodeTable : vnicTable(place?.interface ?? "");
  const isIt = (object: LabObject): boolean =>
    object.kind === "ruleset" && object.namespace === namespace && object.table === table;
  if (!objects.some(isIt)) {
    throw noSuchTarget(`the firewall of ${vnic === undefined ? node : `${node}:${vnic}`}`);
  }
  return objects.filter((object) => !isIt(object));
}

/** What the cable does to frames becomes this, in both directions. */
export function impair(
  running: Running,
  at: Endpoint,
  impairment: Impairment,
): readonly LabObject[] {
  const ends = cableAt(running, at);
  const isThere = (object: LabObject): boolean =>
    object.kind === "impairment" &&
    ends.some(({ namespace, name }) => object.namespace === namespace && object.link === name);
  return [
    ...running.objects.filter((object) => !isThere(object)),
    ...ends.map(({ namespace, name }) => impairmentObject(namespace, name, impairment)),
  ];
}

/**
 * The addresses of an interface are gone, and with them the routes through their networks. `name` is a port (`eth0`), a
 * VLAN of one (`p0.10`, `vs0.99`), or of a host `management` or `vtep`.
 */
export function removeAddresses(
  running: Running,
  node: string,
  name: string,
): readonly LabObject[] {
  const place = locatePart(running.topology, node, interfacePart(running, node, name));
  const gone = running.objects.filter(
    (object) =>
      object.kind === "address" &&
      object.namespace === place?.namespace &&
      object.link === place.interface,
  );
  if (gone.length === 0) throw noSuchTarget(`an address of ${node}:${name}`);
  const routes = gone.flatMap((object) =>
    object.kind === "address" ? routesThrough(running.stock, object) : [],
  );
  const lost = new Set<LabObject>([...gone, ...routes]);
  return running.objects.filter((object) => !lost.has(object));
}

function interfacePart({ topology }: Running, node: string, name: string): Part {
  const host = topology.hosts.find((each) => each.name === node);
  const end = name === "management" || name === "vtep" ? host?.[name] : undefined;
  if (end !== undefined) return { kind: "vlan", parent: end.switch, vid: end.vlan };
  const [, parent, vid] = /^(.+)\.(\d+)$/.exec(name) ?? [];
  if (parent === undefined || locatePart(topology, node, port(name)) !== undefined) {
    return port(name);
  }
  return { kind: "vlan", parent, vid: Number(vid) };
}
