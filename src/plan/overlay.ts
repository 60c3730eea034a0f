import type {
  Host,
  Overlay,
  PortGroup,
  Topology,
  VirtualSwitch,
  Vnic,
} from "../topology/topology.ts";
import { LabError } from "../units/lab-error.ts";
import { bridgePort, bridgeVlans, interfaceOf, linkBase, macOf } from "./build.ts";
import type { Part } from "./names.ts";
import type { ForwardingObject, LabObject } from "./object.ts";

/** The entry for broadcast, multicast and unknown unicast of a VXLAN device. */
const everybody = "00:00:00:00:00:00";

/** Overlays of a host: a VXLAN device each, and where every MAC address of the segment is. */
export function realiseOverlays(topology: Topology, host: Host): readonly LabObject[] {
  return topology.overlays.flatMap((overlay) => {
    const place = placeOf(host, overlay);
    return place === undefined ? [] : realiseOverlay(topology, host, overlay, place);
  });
}

type Place = { readonly switch: VirtualSwitch; readonly group: PortGroup };

/** The virtual switch through which a host is in an overlay; the kernel allows one device per VNI and namespace. */
function placeOf(host: Host, overlay: Overlay): Place | undefined {
  const places = host.switches.flatMap((each) => {
    const group = each.portGroups.find((one) => one.overlay === overlay.name);
    return group === undefined ? [] : [{ switch: each, group }];
  });
  if (places.length > 1) {
    const names = places.map((place) => place.switch.name).join(" and ");
    throw new LabError(
      "LAB_E_PLAN_OVERLAY_TWICE",
      `overlay ${overlay.name} is on two virtual switches of host ${host.name}: ${names}`,
      { fix: "put the port groups of an overlay on one virtual switch of a host", exitCode: 2 },
    );
  }
  return places[0];
}

/** The VLAN of a port group inside its bridge; port groups of one overlay share that of the first. */
export function groupVlan(each: VirtualSwitch, group: PortGroup): number {
  if (group.overlay === undefined) return group.bridgeVlan;
  const first = each.portGroups.find((one) => one.overlay === group.overlay);
  return (first ?? group).bridgeVlan;
}

function realiseOverlay(
  topology: Topology,
  host: Host,
  overlay: Overlay,
  place: Place,
): readonly LabObject[] {
  if (host.vtep === undefined) {
    throw new LabError(
      "LAB_E_PLAN_NO_VTEP",
      `host ${host.name} has a port group in overlay ${overlay.name} and no VTEP address`,
      { fix: `give host ${host.name} a \`vtep\``, exitCode: 2 },
    );
  }
  const part: Part = { kind: "vxlan", vni: overlay.vni };
  const base = linkBase(topology, host.name, part);
  const mtus = attachedTo(topology, host, overlay).map((vnic) => vnic.mtu);
  return [
    {
      ...base,
      type: "vxlan",
      vxlan: { vni: overlay.vni, local: host.vtep.address.address, port: host.vtep.port },
      mac: macOf(topology, host.name, part),
      mtu: mtus.length === 0 ? 1450 : Math.max(...mtus),
      master: interfaceOf(topology, host.name, { kind: "bridge", switch: place.switch.name }),
      up: true,
    },
    bridgePort(base.namespace, base.name, bridgeVlans([], groupVlan(place.switch, place.group))),
    ...forwardingEntries(topology, host, overlay, base),
  ];
}

function attachedTo(topology: Topology, host: Host, overlay: Overlay): readonly Vnic[] {
  const isIn = ({ attachment }: Vnic): boolean =>
    host.switches.some(
      (each) =>
        each.name === attachment?.switch &&
        each.portGroups.some(
          (group) => group.name === attachment.portGroup && group.overlay === overlay.name,
        ),
    );
  return topology.workloads
    .filter((workload) => workload.host === host.name)
    .flatMap((workload) => workload.vnics)
    .filter((vnic) => !vnic.analyzer && isIn(vnic));
}

function forwardingEntries(
  topology: Topology,
  host: Host,
  overlay: Overlay,
  { namespace, name }: { readonly namespace: string; readonly name: string },
): readonly ForwardingObject[] {
  const remotes = topology.hosts.filter(
    (other) => other !== host && placeOf(other, overlay) !== undefined,
  );
  return remotes.flatMap((remote) => {
    const destination = remote.vtep?.address.address;
    if (destination === undefined) return [];
    const macs = attachedTo(topology, remote, overlay).map((vnic): string => vnic.mac);
    return [everybody, ...macs].map(
      (mac): ForwardingObject => ({ kind: "forwarding", namespace, link: name, mac, destination }),
    );
  });
}
