import type { Endpoint, Topology } from "../../topology/topology.ts";
import { LabError } from "../../units/lab-error.ts";
import { findLink, type Inventory } from "../dependents.ts";
import { type Location, locatePart, type Part, port } from "../names.ts";
import type { BridgePortObject, LabObject, LinkObject } from "../object.ts";

/** A lab as it is now: what a change starts from. */
export type Running = {
  readonly topology: Topology;
  readonly objects: readonly LabObject[];
  readonly stock: Inventory;
};

/** A fault of the change: it names what is not there. */
export function noSuchTarget(what: string): LabError {
  return new LabError("LAB_E_CHANGE_TARGET", `${what} is not there to be changed`, {
    fix: "`lab inspect LAB` shows what there is; `lab up FILE --repair` puts back what is missing",
  });
}

/** A part's link as it is now. @throws LabError where the topology or the kernel has none. */
export function partLink(running: Running, node: string, part: Part, name: string): LinkObject {
  const place = locatePart(running.topology, node, part);
  const link = place === undefined ? undefined : linkAt(running, place);
  if (link === undefined) throw noSuchTarget(name);
  return link;
}

export function linkAt(running: Running, place: Location): LinkObject | undefined {
  return findLink(running.stock, place.namespace, place.interface);
}

/** The link of a node's port. */
export function portLink(running: Running, { node, port: name }: Endpoint): LinkObject {
  return partLink(running, node, port(name), `${node}:${name}`);
}

/** The far end of a cable. */
export function peerOf(running: Running, link: LinkObject): LinkObject {
  const far = farEnd(running, link);
  if (far === undefined) throw noSuchTarget(`the cable at ${link.namespace}:${link.name}`);
  return far;
}

function farEnd({ objects, stock }: Running, link: LinkObject): LinkObject | undefined {
  if (link.type === "veth") return findLink(stock, link.peer.namespace, link.peer.name);
  if (link.type !== "wire") return undefined;
  return objects.find(
    (object): object is LinkObject =>
      object.kind === "link" &&
      object.type === "wire" &&
      object.wire === link.wire &&
      object.namespace !== link.namespace,
  );
}

/** How a link is a port of its bridge; of a member of a group, how the group is. */
export function bridgePortOf(running: Running, link: LinkObject): BridgePortObject {
  const found = running.objects.find(
    (object): object is BridgePortObject =>
      object.kind === "bridge-port" &&
      !object.self &&
      object.namespace === link.namespace &&
      object.name === link.name,
  );
  if (found !== undefined) return found;
  const group =
    link.master === undefined ? undefined : findLink(running.stock, link.namespace, link.master);
  if (group?.type !== "bond") throw noSuchTarget(`the bridge port ${link.namespace}:${link.name}`);
  return bridgePortOf(running, group);
}

/** The objects with `next` in the place of `before`. */
export function replaced(
  objects: readonly LabObject[],
  before: LabObject,
  next: LabObject,
): readonly LabObject[] {
  return objects.map((object) => (object === before ? next : object));
}
