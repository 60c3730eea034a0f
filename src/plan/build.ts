import type { Topology } from "../topology/topology.ts";
import { derivedMac, ownershipMark } from "./mark.ts";
import { locatePart, nameParts, namespaceOf, type Part } from "./names.ts";
import type { BridgePortObject, BridgeVlan, LinkObject } from "./object.ts";

/** The alternative names of an interface: its mark, then the name people use where that is another one. */
export function altnamesOf(
  lab: string,
  namespace: string,
  name: string,
  peopleName: string | undefined,
): readonly string[] {
  const mark = ownershipMark(lab, namespace, name);
  if (peopleName === undefined || peopleName === name || !isAltname(peopleName)) return [mark];
  return [mark, peopleName];
}

/** ALTIFNAMSIZ is 128 with the terminating zero; ip(8) refuses slashes and white space. */
function isAltname(text: string): boolean {
  return Buffer.byteLength(text) <= 127 && !/[/\s]/.test(text);
}

/** Kernel name of a part that the topology is known to have. */
export function interfaceOf(topology: Topology, node: string, part: Part): string {
  const location = locatePart(topology, node, part);
  if (location === undefined) throw new Error(`${node} has no ${JSON.stringify(part)}`);
  return location.interface;
}

/** What all links have in common, for a part of a node. */
export function linkBase(
  topology: Topology,
  node: string,
  part: Part,
): Pick<LinkObject, "namespace" | "name" | "altnames"> & { readonly kind: "link" } {
  const namespace = namespaceOf(topology.name, node);
  const name = interfaceOf(topology, node, part);
  const altnames = altnamesOf(topology.name, namespace, name, peopleName(topology, node, part));
  return { kind: "link", namespace, name, altnames };
}

/** Two parts may wish for what is another's kernel name; then the name people use is left out. */
function peopleName(topology: Topology, node: string, part: Part): string | undefined {
  if (part.kind !== "port" && part.kind !== "bridge") return undefined;
  const wish = part.kind === "port" ? part.port : part.switch;
  const interfaces = nameParts(topology).interfaces.get(node) ?? new Map<string, string>();
  if (wish === "lo" || [...interfaces.values()].includes(wish)) return undefined;
  const clashes = part.kind === "bridge" && interfaces.has(`port ${wish}`);
  return clashes ? undefined : wish;
}

/** A MAC address for a device that has none in the topology. */
export function macOf(topology: Topology, node: string, part: Part): string {
  const namespace = namespaceOf(topology.name, node);
  return derivedMac(topology.name, namespace, interfaceOf(topology, node, part));
}

/** VLAN ids as ranges of equal flags, ascending; the untagged one is the port's PVID and stands alone. */
export function bridgeVlans(tagged: readonly number[], untagged?: number): readonly BridgeVlan[] {
  const ranges: BridgeVlan[] = [];
  for (const vid of [...new Set(tagged)].sort((left, right) => left - right)) {
    if (vid === untagged) continue;
    const last = ranges.at(-1);
    if (last !== undefined && last.end === vid - 1) {
      ranges[ranges.length - 1] = { ...last, end: vid };
    } else ranges.push({ vid, end: vid, pvid: false, untagged: false });
  }
  if (untagged !== undefined) {
    ranges.push({ vid: untagged, end: untagged, pvid: true, untagged: true });
  }
  return ranges.sort((left, right) => left.vid - right.vid);
}

/** A bridge port that learns and forwards no link-local frames. */
export function bridgePort(
  namespace: string,
  name: string,
  vlans: readonly BridgeVlan[],
): BridgePortObject {
  return {
    kind: "bridge-port",
    namespace,
    name,
    self: false,
    learning: true,
    groupForwardMask: 0,
    vlans,
  };
}

/** The bridge's own membership, so that VLAN interfaces on it can hear and speak; nothing where it has none. */
export function bridgeSelf(
  namespace: string,
  name: string,
  vids: readonly number[],
): readonly BridgePortObject[] {
  if (vids.length === 0) return [];
  return [{ ...bridgePort(namespace, name, bridgeVlans(vids)), self: true }];
}
