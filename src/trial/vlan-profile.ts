import type { Topology, VirtualSwitch, Workload } from "../topology/topology.ts";
import type { VlanId } from "../units/vlan-id.ts";
import type { HostPort } from "./host-port.ts";

/**
 * The VLAN profile of a virtualized host at one of its NICs (SP 800-125B section 2.4.2 and VM-VN-R1): what the physical
 * switch's port must carry, no less and no more.
 */
export type VlanProfile = {
  /** Carried with a tag, ascending. */
  readonly tagged: readonly VlanId[];
  /** Carried without a tag. */
  readonly untagged?: VlanId;
};

/** VLANs of port groups with at least one vNIC attached, of management, of the overlay's end point, and of mirrors. */
export function vlanProfile(topology: Topology, place: HostPort): VlanProfile {
  const uplink = place.bond?.name ?? place.nic.name;
  const needed = new Set<VlanId>();
  let untagged: VlanId | undefined;
  for (const virtual of place.host.switches) {
    if (virtual.uplink !== uplink) continue;
    for (const id of neededBy(topology, place, virtual)) {
      if (id === virtual.uplinkVlans.untagged) untagged = id;
      else needed.add(id);
    }
    if (hasPlainSegment(topology, place, virtual)) untagged = nativeOf(place);
  }
  return {
    tagged: [...needed].sort((left, right) => left - right),
    ...(untagged === undefined ? {} : { untagged }),
  };
}

function neededBy(topology: Topology, place: HostPort, virtual: VirtualSwitch): readonly VlanId[] {
  const { host } = place;
  const groups = virtual.portGroups.flatMap(({ name, vlan }) =>
    vlan !== undefined && isAttached(topology, host.name, virtual.name, name) ? [vlan] : [],
  );
  const own = [host.management, host.vtep].flatMap((end) =>
    end !== undefined && end.switch === virtual.name ? [end.vlan] : [],
  );
  const mirrors = topology.vlans.flatMap(({ id, purpose }) =>
    purpose === "mirror" && virtual.uplinkVlans.tagged.includes(id) ? [id] : [],
  );
  return [...groups, ...own, ...mirrors];
}

/** A port group without a VLAN whose frames cross the uplink without a tag (an internal one's do not cross it). */
function hasPlainSegment(topology: Topology, place: HostPort, virtual: VirtualSwitch): boolean {
  return virtual.portGroups.some(
    ({ name, vlan, overlay, bridgeVlan }) =>
      vlan === undefined &&
      overlay === undefined &&
      bridgeVlan === virtual.uplinkVlans.untagged &&
      isAttached(topology, place.host.name, virtual.name, name),
  );
}

/** The fabric's id of what the host calls "no VLAN". */
function nativeOf(place: HostPort): VlanId | undefined {
  return place.port.vlans.untagged;
}

function isAttached(topology: Topology, host: string, virtual: string, group: string): boolean {
  const attached = ({ vnics }: Workload): boolean =>
    vnics.some(
      ({ attachment }) => attachment?.switch === virtual && attachment.portGroup === group,
    );
  return topology.workloads.some((workload) => workload.host === host && attached(workload));
}
