import { ipVersion } from "../../units/ip.ts";
import type { BroadcastDomains } from "../broadcast-domains.ts";
import type { Context } from "../resolve/context.ts";
import type { Host, Link, Topology } from "../topology.ts";
import type { WrittenTopology } from "../written.ts";
import { nicPath, vnicPath } from "./places.ts";

/** Inner Ethernet 14, VXLAN 8, UDP 8, and IPv4 20 or IPv6 40 (RFC 7348 section 5). */
const vxlanOverhead: Readonly<Record<4 | 6, number>> = { 4: 50, 6: 70 };
/** RFC 8200 section 5. */
const smallestIpv6Mtu = 1280;

export function refuseSmallMtus(
  context: Context,
  written: WrittenTopology,
  topology: Topology,
  domains: BroadcastDomains,
): void {
  refuseNicAboveLink(context, written, topology);
  refuseBelowIpv6(context, written, topology);
  for (const [domain, need] of underlayNeeds(topology, domains)) {
    for (const link of topology.links) {
      if (!domains.domainsOf(link).has(domain)) continue;
      const { mtu, where } = smallest(context, written, topology, link);
      if (mtu >= need.outer) continue;
      const message = `MTU ${mtu} is too small for the overlay: ${need.vnic}'s ${need.inner} bytes and ${need.outer - need.inner} of VXLAN over IPv${need.version} make ${need.outer}; set the MTU to ${need.outer} or more, or that of the vNICs in overlays to ${mtu - (need.outer - need.inner)} or less`;
      context.report(where, message);
    }
  }
}

type Need = {
  readonly vnic: string;
  readonly inner: number;
  readonly outer: number;
  readonly version: 4 | 6;
};

/** The largest encapsulated packet of each underlay domain, for overlays that are on two hosts or more. */
function underlayNeeds(topology: Topology, domains: BroadcastDomains): ReadonlyMap<string, Need> {
  const needs = new Map<string, Need>();
  const encapsulated = spanningOverlays(topology);
  for (const host of topology.hosts) {
    const { vtep } = host;
    const member = domains.members.find(
      (each) =>
        each.node === host.name &&
        each.kind !== "vnic" &&
        each.vlan === vtep?.vlan &&
        each.addresses.some((address) => address.address === vtep?.address.address),
    );
    if (vtep === undefined || member === undefined) continue;
    const version = ipVersion(vtep.address.address);
    for (const [overlay, name, inner] of overlayVnics(topology, host)) {
      const outer = inner + vxlanOverhead[version];
      if (!encapsulated.has(overlay) || outer <= (needs.get(member.domain)?.outer ?? 0)) continue;
      needs.set(member.domain, { vnic: name, inner, outer, version });
    }
  }
  return needs;
}

function spanningOverlays(topology: Topology): ReadonlySet<string> {
  const hostsOf = new Map<string, Set<string>>();
  for (const host of topology.hosts) {
    for (const [overlay] of overlayVnics(topology, host)) {
      hostsOf.set(overlay, (hostsOf.get(overlay) ?? new Set()).add(host.name));
    }
  }
  return new Set([...hostsOf].filter(([, hosts]) => hosts.size > 1).map(([overlay]) => overlay));
}

/** Overlay, vNIC and MTU of what a host has in overlays. */
function overlayVnics(
  topology: Topology,
  host: Host,
): readonly (readonly [string, string, number])[] {
  const groups = new Map(
    host.switches.flatMap((device) =>
      device.portGroups.map((group) => [`${device.name}/${group.name}`, group.overlay] as const),
    ),
  );
  return topology.workloads
    .filter((workload) => workload.host === host.name)
    .flatMap((workload) =>
      workload.vnics.flatMap((vnic) => {
        const overlay = groups.get(`${vnic.attachment?.switch}/${vnic.attachment?.portGroup}`);
        return overlay === undefined
          ? []
          : [[overlay, `${workload.name}:${vnic.name}`, vnic.mtu] as const];
      }),
    );
}

/** The smallest MTU of a cable and the NICs at its ends, and where it stands. */
function smallest(
  context: Context,
  written: WrittenTopology,
  topology: Topology,
  link: Link,
): { readonly mtu: number; readonly where: readonly (string | number)[] } {
  let least = { mtu: link.mtu, where: context.pathOf(link) };
  for (const { node, nic } of nicsAt(topology, link)) {
    if (nic.mtu < least.mtu) least = { mtu: nic.mtu, where: nicPath(written, node, nic.name) };
  }
  return least;
}

function nicsAt(
  topology: Topology,
  link: Link,
): readonly {
  readonly node: string;
  readonly nic: { readonly name: string; readonly mtu: number };
}[] {
  return [link.a, link.b].flatMap((end) => {
    const node = [...topology.hosts, ...topology.routers].find((each) => each.name === end.node);
    const nic = node?.nics.find((each) => each.name === end.port);
    return nic === undefined ? [] : [{ node: end.node, nic }];
  });
}

function refuseNicAboveLink(context: Context, written: WrittenTopology, topology: Topology): void {
  for (const link of topology.links) {
    for (const { node, nic } of nicsAt(topology, link)) {
      if (nic.mtu <= link.mtu) continue;
      const message = `MTU ${nic.mtu} is larger than its cable's ${link.mtu} (${context.position(context.pathOf(link))}); set the link's mtu to ${nic.mtu}, or this one to ${link.mtu} or less`;
      context.report([...nicPath(written, node, nic.name), "mtu"], message);
    }
    for (const end of [link.a, link.b]) {
      const workload = topology.workloads.find((each) => each.name === end.node);
      const vnic = workload?.vnics.find((each) => each.name === end.port);
      if (vnic === undefined || vnic.mtu <= link.mtu) continue;
      const message = `MTU ${vnic.mtu} is larger than its cable's ${link.mtu} (${context.position(context.pathOf(link))}); set the link's mtu to ${vnic.mtu}, or this one to ${link.mtu} or less`;
      context.report([...vnicPath(written, end.node, end.port), "mtu"], message);
    }
  }
}

function refuseBelowIpv6(context: Context, written: WrittenTopology, topology: Topology): void {
  for (const workload of topology.workloads) {
    for (const vnic of workload.vnics) {
      const has6 = vnic.addresses.some((each) => ipVersion(each.address) === 6);
      if (!has6 || vnic.mtu >= smallestIpv6Mtu) continue;
      const message = `MTU ${vnic.mtu} is below ${smallestIpv6Mtu}, the least for IPv6 (RFC 8200 section 5); raise it, or give ${workload.name} IPv4 addresses only`;
      context.report([...vnicPath(written, workload.name, vnic.name), "mtu"], message);
    }
  }
}
