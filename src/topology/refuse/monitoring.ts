import { prefixContains, prefixOf } from "../../units/ip.ts";
import type { BroadcastDomains, DomainMember } from "../broadcast-domains.ts";
import type { Path } from "../diagnostic.ts";
import type { Context } from "../resolve/context.ts";
import type { Bond, BondMonitor, Host, Topology } from "../topology.ts";
import type { WrittenTopology } from "../written.ts";

type ArpMonitor = Extract<BondMonitor, { kind: "arp" }>;

/**
 * ARP monitoring whose targets cannot answer takes every member of the bond down, so that the node is cut off without a
 * word. On the uplink of a VLAN-aware switch that is so unless the host has an address in a VLAN tagged on the trunk.
 */
export function refuseDeafMonitors(
  context: Context,
  written: WrittenTopology,
  topology: Topology,
  domains: BroadcastDomains,
): void {
  for (const [host, bond] of bondsOf(topology.hosts)) {
    if (bond.monitor.kind !== "arp") continue;
    const path = ["hosts", host.name, "bonds", bond.name, "arp"];
    if (refuseUnaddressed(context, path, written, host, bond)) continue;
    const own = domains.members.filter(
      (member) => member.node === host.name && member.kind === "management",
    );
    refuseSilentTargets(context, path, bond, bond.monitor, own, domains);
  }
  for (const [router, bond] of bondsOf(topology.routers)) {
    if (bond.monitor.kind !== "arp") continue;
    const path = ["routers", router.name, "bonds", bond.name, "arp"];
    const own = domains.members.filter(
      (member) => member.node === router.name && member.port === bond.name,
    );
    if (own.length > 0) {
      refuseSilentTargets(context, path, bond, bond.monitor, own, domains);
    } else if (
      (written.routers?.[router.name]?.interfaces?.length ?? 0) === router.interfaces.length
    ) {
      const message = `ARP monitoring asks from an address of ${router.name} on ${bond.name}, and there is none: every member would go down; give it an interface in the targets' VLAN, or use mii`;
      context.report(path, message, "key");
    }
  }
}

function bondsOf<Node extends { readonly bonds: readonly Bond[] }>(
  nodes: readonly Node[],
): readonly (readonly [Node, Bond])[] {
  return nodes.flatMap((node) => node.bonds.map((bond) => [node, bond] as const));
}

/** Whether the host has no usable address of its own behind the bond; says so, unless that has been said. */
function refuseUnaddressed(
  context: Context,
  path: Path,
  written: WrittenTopology,
  host: Host,
  bond: Bond,
): boolean {
  const form = written.hosts?.[host.name];
  const device = host.switches.find((candidate) => candidate.uplink === bond.name);
  const consequence = "without one no target answers and every member goes down";
  if (device === undefined) {
    const message = `ARP monitoring on a bond that is no switch's uplink has no address to ask from; make ${bond.name} an uplink, or use mii`;
    const refused = Object.values(form?.switches ?? {}).some((each) => each.uplink === bond.name);
    if (!refused && !context.lost.has(bond.name)) context.report(path, message, "key");
    return true;
  }
  if (host.management === undefined || host.management.switch !== device.name) {
    const hint = "write management: {vlan: VLAN, address: ADDRESS, target: ADDRESS}, or use mii";
    const message = `ARP monitoring needs ${host.name}'s own address in a VLAN tagged on the uplink of ${device.name}: ${consequence}; ${hint}`;
    if (host.management !== undefined || form?.management === undefined) {
      context.report(path, message, "key");
    }
    return true;
  }
  const { vlan } = host.management;
  if (device.uplinkVlans.tagged.includes(vlan)) return false;
  const message = `ARP monitoring needs ${host.name}'s management VLAN ${vlan} tagged on the uplink of ${device.name}, which carries ${device.uplinkVlans.tagged.join(", ") || "no tag"}: ${consequence}; add ${vlan} to uplinkVlans.trunk, or use mii`;
  context.report(path, message, "key");
  return true;
}

function refuseSilentTargets(
  context: Context,
  path: Path,
  bond: Bond,
  monitor: ArpMonitor,
  own: readonly DomainMember[],
  domains: BroadcastDomains,
): void {
  if (monitor.targets.length === 0) {
    const at = context.lost.has("targets") ? undefined : path;
    const message = `ARP monitoring has nobody to ask; write targets: [ADDRESS, ...], or management: {target: ADDRESS}`;
    if (at !== undefined) context.report(at, message, "key");
  }
  for (const [index, target] of monitor.targets.entries()) {
    const at = [...path, "targets", index];
    const asking = own.find((member) =>
      member.addresses.some((address) => prefixContains(prefixOf(address), target)),
    );
    if (asking === undefined) {
      const networks = own.flatMap((member) => member.addresses.map(prefixOf)).join(", ");
      context.report(
        at,
        `ARP target ${target} is in no network behind ${bond.name} (${networks}); choose one that is`,
      );
      continue;
    }
    if (asking.addresses.some((address) => address.address === target)) {
      context.report(
        at,
        `ARP target ${target} is the node's own address; name one behind the physical switches`,
      );
      continue;
    }
    const answers = domains.members.some(
      (member) =>
        member.domain === asking.domain &&
        member.addresses.some((address) => address.address === target),
    );
    if (answers) continue;
    const message = `ARP target ${target} is the address of nobody that ${asking.owner} can reach in its VLAN; every member would go down. Give it to a node there, or name another`;
    context.report(at, message);
  }
}
