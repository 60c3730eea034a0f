import type { PhysicalSwitch, PortVlans, SwitchPort, Topology } from "../topology/topology.ts";
import { lagSettings } from "./bond.ts";
import { bridgeSettings } from "./bridge.ts";
import { bridgePort, bridgeSelf, bridgeVlans, interfaceOf, linkBase, macOf } from "./build.ts";
import type { CableEnd, InnerCable } from "./cable.ts";
import { namespaceOf, type Part, port, switchBridgeName, testStationOf } from "./names.ts";
import { hasIpv6, realiseAddresses, realiseNamespace } from "./namespace.ts";
import type { BridgePortObject, LabObject, LinkObject } from "./object.ts";

const bridge: Part = { kind: "bridge", switch: switchBridgeName };
const testPort: Part = { kind: "test-port" };

/** A switch of the fabric: one bridge, groups of its ports, the interfaces by which it routes, and its test station. */
export function realiseSwitch(topology: Topology, each: PhysicalSwitch): readonly LabObject[] {
  const { name: node } = each;
  const namespace = namespaceOf(topology.name, node);
  const base = linkBase(topology, node, bridge);
  const mtu = switchMtu(topology, each);
  return [
    ...realiseNamespace(topology.name, {
      node,
      bridges: true,
      forwards: each.interfaces.length > 0,
      ipv6: each.interfaces.some((one) => hasIpv6(one.addresses)),
    }),
    ...realiseTestStation(topology, each),
    {
      ...base,
      type: "bridge",
      bridge: bridgeSettings(each.stp, each.priority),
      mac: macOf(topology, node, bridge),
      mtu,
      up: true,
    },
    ...each.lags.map((lag) => realiseLag(topology, each, lag, base.name)),
    ...switchPortObjects(topology, each),
    ...bridgeSelf(
      namespace,
      base.name,
      each.interfaces.map((one) => one.vlan),
    ),
    ...each.interfaces.flatMap((one) => realiseInterface(topology, each, one, mtu)),
  ];
}

function realiseTestStation(topology: Topology, each: PhysicalSwitch): readonly LabObject[] {
  const node = testStationOf(each.name);
  return realiseNamespace(topology.name, { node, bridges: false, forwards: false, ipv6: false });
}

function realiseLag(
  topology: Topology,
  each: PhysicalSwitch,
  lag: PhysicalSwitch["lags"][number],
  master: string,
): LinkObject {
  return {
    ...linkBase(topology, each.name, port(lag.name)),
    type: "bond",
    bond: lagSettings(lag),
    mac: macOf(topology, each.name, port(lag.name)),
    mtu: lagMtu(topology, each, lag.name),
    master,
    up: true,
  };
}

function realiseInterface(
  topology: Topology,
  each: PhysicalSwitch,
  { vlan: vid, addresses }: PhysicalSwitch["interfaces"][number],
  mtu: number,
): readonly LabObject[] {
  const base = linkBase(topology, each.name, { kind: "vlan", parent: switchBridgeName, vid });
  const parent = interfaceOf(topology, each.name, bridge);
  return [
    { ...base, type: "vlan", parent, vid, mtu, up: true },
    ...realiseAddresses(base.namespace, base.name, addresses),
  ];
}

/** Members of a group are ports of the group, not of the bridge. */
function switchPortObjects(topology: Topology, each: PhysicalSwitch): readonly BridgePortObject[] {
  const namespace = namespaceOf(topology.name, each.name);
  const member = (part: Part, vlans: PortVlans) =>
    bridgePort(
      namespace,
      interfaceOf(topology, each.name, part),
      bridgeVlans(vlans.tagged, vlans.untagged),
    );
  return [
    ...each.lags.map((lag) => member(port(lag.name), lag.vlans)),
    ...each.ports
      .filter((one) => one.lag === undefined)
      .map((one) => member(port(one.name), one.vlans)),
    bridgePort(namespace, interfaceOf(topology, each.name, testPort), []),
  ];
}

/** The switch's ends of its cables. */
export function switchEnds(topology: Topology, each: PhysicalSwitch): readonly CableEnd[] {
  return each.ports.map((one) => ({
    node: each.name,
    part: port(one.name),
    master: interfaceOf(topology, each.name, one.lag === undefined ? bridge : port(one.lag)),
    ...(one.lag === undefined ? {} : { mtu: lagMtu(topology, each, one.lag) }),
  }));
}

/** The cable between a switch's test port and its test station; jumbo frames pass it. */
export function testCable(topology: Topology, each: PhysicalSwitch): InnerCable {
  const mtu = Math.max(1500, ...each.ports.map((one) => portMtu(topology, each, one)));
  return {
    a: { node: testStationOf(each.name), part: port("eth0"), mtu },
    b: {
      node: each.name,
      part: testPort,
      master: interfaceOf(topology, each.name, bridge),
      mtu,
    },
  };
}

function portMtu(topology: Topology, each: PhysicalSwitch, { name }: SwitchPort): number {
  const link = topology.links.find(({ a, b }) =>
    [a, b].some((end) => end.node === each.name && end.port === name),
  );
  return link?.mtu ?? 1500;
}

/** A bond gives all its members one MTU. */
function lagMtu(topology: Topology, each: PhysicalSwitch, lag: string): number {
  const members = each.ports.filter((one) => one.lag === lag);
  return smallest(members.map((one) => portMtu(topology, each, one)));
}

/** What the switch itself may send so that it fits every port. */
function switchMtu(topology: Topology, each: PhysicalSwitch): number {
  return smallest(each.ports.map((one) => portMtu(topology, each, one)));
}

function smallest(mtus: readonly number[]): number {
  return mtus.length === 0 ? 1500 : Math.min(...mtus);
}
