import type { Bond, Host, Mirror, Topology } from "../topology/topology.ts";
import { failures, teams } from "../trial/bond-trials.ts";
import { type HostPort, hostPorts } from "../trial/host-port.ts";
import { streamPairs } from "../trial/stream-pair.ts";
import { type VlanProfile, vlanProfile } from "../trial/vlan-profile.ts";
import { type VnicSite, vnicSites } from "../trial/vnic-site.ts";
import type { VlanId } from "../units/vlan-id.ts";

/** A physical switch's port to a host, and what it is meant to carry. */
export type TrunkTarget = { readonly place: HostPort; readonly profile: VlanProfile };

/**
 * A trunk to a host on which a fault disturbs nothing else: of a standby member where there is one. The last failure that
 * VM-MP-R3 tries drives traffic away from its switch, so that is where members stand by unless the team has a primary.
 */
export function quietTrunk(topology: Topology): TrunkTarget | undefined {
  const last = failures(topology).at(-1)?.switchName;
  const places = hostPorts(topology).map((place) => ({
    place,
    profile: vlanProfile(topology, place),
  }));
  const trunks = places.filter(({ profile }) => profile.tagged.length > 0);
  const standby = trunks.find(({ place }) => isSpare(place) && standsBy(place, last));
  return standby ?? trunks[0];
}

function standsBy({ bond, nic, switchName }: HostPort, last: string | undefined): boolean {
  return bond?.primary === undefined ? switchName === last : nic.name !== bond.primary;
}

function isSpare({ bond }: HostPort): boolean {
  return (bond?.members.length ?? 0) > 1;
}

/** A VLAN of a trunk that neither the host's management nor a failover stream uses. */
export function quietVlan(topology: Topology, { place, profile }: TrunkTarget): VlanId | undefined {
  const busy = new Set<VlanId | undefined>([place.host.management?.vlan, place.host.vtep?.vlan]);
  const ends = streamPairs(topology).flatMap(({ a, b }) => [a.point, b.point]);
  for (const site of vnicSites(topology)) if (ends.includes(site.point)) busy.add(site.vlan);
  return profile.tagged.find((id) => !busy.has(id));
}

/** A team with two members or more. */
export function redundantTeam(
  topology: Topology,
): { readonly host: Host; readonly bond: Bond } | undefined {
  return teams(topology).find(({ bond, members }) => bond.members.length > 1 && members.length > 1);
}

export type MirrorTarget = { readonly host: Host; readonly mirror: Mirror };

/** Every mirror that copies both directions, in the order of the file. */
export function mirrorTargets(topology: Topology): readonly MirrorTarget[] {
  return topology.hosts.flatMap((host) =>
    host.switches.flatMap(({ mirrors }) =>
      mirrors.filter(({ directions }) => directions === "both").map((mirror) => ({ host, mirror })),
    ),
  );
}

/** A workload's vNIC in a VLAN of a switch with an uplink, and another VLAN of that uplink. */
export function accessTarget(
  topology: Topology,
): { readonly site: VnicSite; readonly other: VlanId } | undefined {
  for (const site of vnicSites(topology)) {
    const { vlan, virtualSwitch, host, vnic } = site;
    if (vlan === undefined || host === undefined || vnic.analyzer) continue;
    if (virtualSwitch?.uplink === undefined) continue;
    const management = host.management?.vlan;
    const other = virtualSwitch.uplinkVlans.tagged.find((id) => id !== vlan && id !== management);
    if (other !== undefined) return { site, other };
  }
  return undefined;
}
