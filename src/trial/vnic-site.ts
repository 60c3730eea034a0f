import type {
  Host,
  PortGroup,
  Topology,
  VirtualSwitch,
  Vnic,
  Workload,
} from "../topology/topology.ts";
import { type IpAddress, ipVersion, prefixContains, prefixOf } from "../units/ip.ts";
import type { VlanId } from "../units/vlan-id.ts";
import { cabledTo, point } from "./point.ts";
import type { Point } from "./trial.ts";

/** A vNIC and where it is: on a virtual switch of a host, or cabled to the fabric. */
export type VnicSite = {
  readonly workload: Workload;
  readonly vnic: Vnic;
  readonly point: Point;
  readonly host?: Host;
  readonly virtualSwitch?: VirtualSwitch;
  readonly portGroup?: PortGroup;
  /** The fabric's VLAN it is in: of its port group, or of the access port it is cabled to. */
  readonly vlan?: VlanId;
  /** Names the layer-2 segment: equal for two vNICs that hear each other's broadcasts by intention. */
  readonly segment: string;
};

/** Every vNIC, in the order of the file. */
export function vnicSites(topology: Topology): readonly VnicSite[] {
  return topology.workloads.flatMap((workload) =>
    workload.vnics.map((vnic) => siteOf(topology, workload, vnic)),
  );
}

function siteOf(topology: Topology, workload: Workload, vnic: Vnic): VnicSite {
  const at = point(workload.name, vnic.name);
  const host = topology.hosts.find(({ name }) => name === workload.host);
  const virtualSwitch = host?.switches.find(({ name }) => name === vnic.attachment?.switch);
  const portGroup = virtualSwitch?.portGroups.find(
    ({ name }) => name === vnic.attachment?.portGroup,
  );
  const vlan = portGroup === undefined ? accessVlan(topology, workload, vnic) : portGroup.vlan;
  return {
    workload,
    vnic,
    point: at,
    ...(host === undefined ? {} : { host }),
    ...(virtualSwitch === undefined ? {} : { virtualSwitch }),
    ...(portGroup === undefined ? {} : { portGroup }),
    ...(vlan === undefined ? {} : { vlan }),
    segment: segmentName(host, virtualSwitch, portGroup, vlan, at),
  };
}

function accessVlan(topology: Topology, workload: Workload, vnic: Vnic): VlanId | undefined {
  const far = cabledTo(topology, workload.name, vnic.name);
  const port = topology.switches
    .find(({ name }) => name === far?.node)
    ?.ports.find(({ name }) => name === far?.port);
  return port?.vlans.untagged;
}

function segmentName(
  host: Host | undefined,
  virtual: VirtualSwitch | undefined,
  group: PortGroup | undefined,
  vlan: VlanId | undefined,
  at: Point,
): string {
  // Without an uplink a VLAN id is known inside the switch only.
  if (virtual !== undefined && virtual.uplink === undefined && group?.overlay === undefined) {
    return `${host?.name}:${virtual.name} ${group?.bridgeVlan}`;
  }
  if (vlan !== undefined) return `vlan ${vlan}`;
  if (group?.overlay !== undefined) return `overlay ${group.overlay}`;
  return group === undefined ? `cable ${at}` : `${host?.name}:${virtual?.name} ${group.name}`;
}

/** The first pair of addresses by which `from` can try `to`, of one IP version. */
export function addressPair(
  from: Vnic,
  to: Vnic,
  version: 4 | 6,
):
  | { readonly source: IpAddress; readonly target: IpAddress; readonly onLink: boolean }
  | undefined {
  const source = from.addresses.find(({ address }) => ipVersion(address) === version);
  const target = to.addresses.find(({ address }) => ipVersion(address) === version);
  if (source === undefined || target === undefined) return undefined;
  const onLink = prefixContains(prefixOf(source), target.address);
  return { source: source.address, target: target.address, onLink };
}

/** Where everything passes that a virtual switch sends to the fabric. */
export function uplinkPoint(site: VnicSite): Point | undefined {
  const uplink = site.virtualSwitch?.uplink;
  return site.host === undefined || uplink === undefined
    ? undefined
    : point(site.host.name, uplink);
}
