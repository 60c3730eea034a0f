import type { Host, PortVlans, Topology, VirtualSwitch, Vnic } from "../topology/topology.ts";
import { formatInterfaceAddress, type InterfaceAddress } from "../units/ip.ts";
import { bridgeSettings } from "./bridge.ts";
import { bridgePort, bridgeSelf, bridgeVlans, interfaceOf, linkBase, macOf } from "./build.ts";
import type { CableEnd, InnerCable } from "./cable.ts";
import { realiseMirrors } from "./mirror.ts";
import { namespaceOf, type Part, port, vnicPort } from "./names.ts";
import { hasIpv6, realiseAddresses, realiseNamespace } from "./namespace.ts";
import { nicEnds, realiseBonds, uplinkMtu } from "./nic.ts";
import type { BridgePortObject, BridgeVlan, LabObject } from "./object.ts";
import { groupVlan, realiseOverlays } from "./overlay.ts";

/** A virtualized host: bonds, virtual switches with the ports of its vNICs, its own addresses, overlays and mirrors. */
export function realiseHost(topology: Topology, host: Host): readonly LabObject[] {
  const interfaces = hostInterfaces(host);
  return [
    ...realiseNamespace(topology.name, {
      node: host.name,
      bridges: host.switches.length > 0,
      forwards: false,
      ipv6: interfaces.some(({ addresses }) => hasIpv6(addresses)),
    }),
    ...host.switches.map((each) => realiseBridge(topology, host, each)),
    ...realiseBonds(topology, host, uplinkMasters(topology, host)),
    ...host.switches.flatMap((each) => realisePorts(topology, host, each, interfaces)),
    ...interfaces.flatMap((each) => realiseInterface(topology, host, each)),
    ...realiseOverlays(topology, host),
    ...realiseMirrors(topology, host),
  ];
}

function bridgePart(each: VirtualSwitch): Part {
  return { kind: "bridge", switch: each.name };
}

function realiseBridge(topology: Topology, host: Host, each: VirtualSwitch): LabObject {
  return {
    ...linkBase(topology, host.name, bridgePart(each)),
    type: "bridge",
    bridge: {
      ...bridgeSettings(each.stp, 32768),
      vlanFiltering: !isPlain(host, each),
    },
    mac: macOf(topology, host.name, bridgePart(each)),
    mtu: switchMtu(host, each),
    up: true,
  };
}

/** A switch that is one segment and meets no VLAN needs none inside: it runs on kernels without VLAN filtering too. */
function isPlain(host: Host, each: VirtualSwitch): boolean {
  const hasOwnInterface = hostInterfaces(host).some((one) => one.switch === each.name);
  const isOneSegment = new Set(each.portGroups.map((group) => group.bridgeVlan)).size <= 1;
  return (
    each.uplink === undefined &&
    each.mirrors.length === 0 &&
    !hasOwnInterface &&
    isOneSegment &&
    each.portGroups.every(({ vlan, overlay }) => vlan === undefined && overlay === undefined)
  );
}

function switchMtu(host: Host, each: VirtualSwitch): number {
  return each.uplink === undefined ? 1500 : uplinkMtu(host, each.uplink);
}

/** Which bridge each uplink is a port of, by the uplink's name. */
function uplinkMasters(topology: Topology, host: Host): ReadonlyMap<string, string> {
  return new Map(
    host.switches.flatMap((each) =>
      each.uplink === undefined
        ? []
        : [[each.uplink, interfaceOf(topology, host.name, bridgePart(each))] as const],
    ),
  );
}

type HostInterface = {
  readonly switch: string;
  readonly vid: number;
  readonly addresses: readonly InterfaceAddress[];
};

/** The host's own VLAN interfaces; management and overlay end point may share one, and then an address too. */
function hostInterfaces(host: Host): readonly HostInterface[] {
  const found = new Map<string, HostInterface>();
  for (const each of [host.management, host.vtep]) {
    if (each === undefined) continue;
    const key = `${each.switch} ${each.vlan}`;
    const before = found.get(key)?.addresses ?? [];
    const text = formatInterfaceAddress(each.address);
    const known = before.some((address) => formatInterfaceAddress(address) === text);
    const addresses = known ? before : [...before, each.address];
    found.set(key, { switch: each.switch, vid: each.vlan, addresses });
  }
  return [...found.values()];
}

function realiseInterface(
  topology: Topology,
  host: Host,
  { switch: switchName, vid, addresses }: HostInterface,
): readonly LabObject[] {
  const base = linkBase(topology, host.name, { kind: "vlan", parent: switchName, vid });
  const parent = interfaceOf(topology, host.name, { kind: "bridge", switch: switchName });
  const each = host.switches.find((one) => one.name === switchName);
  const mtu = each === undefined ? 1500 : switchMtu(host, each);
  return [
    { ...base, type: "vlan", parent, vid, mtu, up: true },
    ...realiseAddresses(base.namespace, base.name, addresses),
  ];
}

function realisePorts(
  topology: Topology,
  host: Host,
  each: VirtualSwitch,
  interfaces: readonly HostInterface[],
): readonly BridgePortObject[] {
  const namespace = namespaceOf(topology.name, host.name);
  const own = interfaces.filter((one) => one.switch === each.name).map((one) => one.vid);
  return [
    ...bridgeSelf(namespace, interfaceOf(topology, host.name, bridgePart(each)), own),
    ...uplinkPort(topology, host, each),
    ...attachedVnics(topology, host)
      .filter(({ vnic }) => vnic.attachment?.switch === each.name)
      .map(({ workload, vnic }) => vnicPortObject(topology, host, each, workload, vnic)),
  ];
}

function uplinkPort(
  topology: Topology,
  host: Host,
  each: VirtualSwitch,
): readonly BridgePortObject[] {
  if (each.uplink === undefined) return [];
  const name = interfaceOf(topology, host.name, port(each.uplink));
  return [bridgePort(namespaceOf(topology.name, host.name), name, portVlans(each.uplinkVlans))];
}

function portVlans({ tagged, untagged }: PortVlans): readonly BridgeVlan[] {
  return bridgeVlans(tagged, untagged);
}

/** An analyzer's port is in no VLAN: nothing reaches it but the copies that tc puts there. */
function vnicPortObject(
  topology: Topology,
  host: Host,
  each: VirtualSwitch,
  workload: string,
  vnic: Vnic,
): BridgePortObject {
  const namespace = namespaceOf(topology.name, host.name);
  const name = interfaceOf(topology, host.name, vnicPort(workload, vnic.name));
  if (vnic.analyzer) return { ...bridgePort(namespace, name, []), learning: false };
  const group = each.portGroups.find((one) => one.name === vnic.attachment?.portGroup);
  const isTagless = group === undefined || isPlain(host, each);
  const vlans = isTagless ? [] : bridgeVlans([], groupVlan(each, group));
  return bridgePort(namespace, name, vlans);
}

type AttachedVnic = { readonly workload: string; readonly vnic: Vnic };

/** The vNICs of a host's workloads, in the order of the file. */
function attachedVnics(topology: Topology, host: Host): readonly AttachedVnic[] {
  return topology.workloads
    .filter((workload) => workload.host === host.name)
    .flatMap((workload) => workload.vnics.map((vnic) => ({ workload: workload.name, vnic })));
}

/** The host's ends of its cables. */
export function hostEnds(topology: Topology, host: Host): readonly CableEnd[] {
  return nicEnds(topology, host, uplinkMasters(topology, host));
}

/** The cables between vNICs and the virtual switches they are attached to. */
export function vnicCables(topology: Topology, host: Host): readonly InnerCable[] {
  return attachedVnics(topology, host).map(({ workload, vnic }) => ({
    a: { node: workload, part: port(vnic.name), mac: vnic.mac, mtu: vnic.mtu },
    b: {
      node: host.name,
      part: vnicPort(workload, vnic.name),
      mtu: vnic.mtu,
      ...attachedTo(topology, host, vnic),
    },
  }));
}

function attachedTo(topology: Topology, host: Host, vnic: Vnic): { readonly master?: string } {
  if (vnic.attachment === undefined) return {};
  const part: Part = { kind: "bridge", switch: vnic.attachment.switch };
  return { master: interfaceOf(topology, host.name, part) };
}
