import type { Endpoint } from "../../topology/topology.ts";
import { dependentsOf, routesThrough } from "../dependents.ts";
import { namespaceOf } from "../names.ts";
import type { BlockObject, LabObject, LinkObject } from "../object.ts";
import { failingEnd } from "./cable-end.ts";
import { noSuchTarget, type Running } from "./running.ts";

const bothHooks = ["egress", "ingress"] as const;

/** Every port device down, members of groups and the test port too: the neighbours lose carrier. */
export function switchDown(running: Running, name: string): readonly LabObject[] {
  const ports = new Set<LabObject>(portsOf(running, name));
  return running.objects.map((object) =>
    ports.has(object) && object.kind === "link" ? { ...object, up: false } : object,
  );
}

/** Nothing comes in or goes out at any port, also not of the switch's own, while carriers stay up. */
export function switchSilent(running: Running, name: string): readonly LabObject[] {
  return portsOf(running, name).reduce(withBlock, running.objects);
}

function portsOf(running: Running, name: string): readonly LinkObject[] {
  const namespace = namespaceOf(running.topology.name, name);
  const ports = (running.stock.byNamespace.get(namespace) ?? []).filter(
    (object): object is LinkObject =>
      object.kind === "link" &&
      (object.type === "veth" || object.type === "wire") &&
      object.master !== undefined,
  );
  if (ports.length === 0) throw noSuchTarget(`switch ${name}`);
  return ports;
}

/** One end of a cable down. The kernel forgets the routes through a link that goes down, so they go by name. */
export function linkDown(running: Running, at: Endpoint): readonly LabObject[] {
  const end = failingEnd(running, at);
  const lost = new Set<LabObject>(routesLostWith(running, end));
  return running.objects
    .filter((object) => !lost.has(object))
    .map((object) => (object === end ? { ...end, up: false } : object));
}

function routesLostWith(running: Running, link: LinkObject): readonly LabObject[] {
  return dependentsOf(running.stock, link).flatMap((object): readonly LabObject[] => {
    if (object.kind === "address") return routesThrough(running.stock, object);
    const isAbove = object.kind === "link" && object.type === "vlan";
    return isAbove ? routesLostWith(running, object) : [];
  });
}

/**
 * Frames on a cable are lost both ways while carrier stays up. Both directions are blocked at the switch's end: what a
 * NIC sends is recorded as it leaves and as it reaches the port, and goes no further; what the switch sends is lost
 * before it is recorded anywhere.
 */
export function silentBlock(running: Running, at: Endpoint): readonly LabObject[] {
  return withBlock(running.objects, failingEnd(running, at));
}

function withBlock(
  objects: readonly LabObject[],
  { namespace, name: link }: LinkObject,
): readonly LabObject[] {
  const block: BlockObject = { kind: "block", namespace, link, hooks: bothHooks };
  const others = objects.filter(
    (object) =>
      !(object.kind === "block" && object.namespace === namespace && object.link === link),
  );
  return [...others, block];
}
