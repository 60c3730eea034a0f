import type { Host, Router, Topology, Workload } from "../topology/topology.ts";
import { shortDigest } from "./mark.ts";

/** Where packets of a point are recorded and sent. */
export type Location = { readonly namespace: string; readonly interface: string };

/**
 * What an interface is within its node. Only a `port` has a name that people use: those of `src/trial/trial.ts`'s points.
 */
export type Part =
  | { readonly kind: "port"; readonly port: string }
  | { readonly kind: "bridge"; readonly switch: string }
  | { readonly kind: "vlan"; readonly parent: string; readonly vid: number }
  | { readonly kind: "vxlan"; readonly vni: number }
  /** The port of a physical switch to which its test station is cabled. */
  | { readonly kind: "test-port" }
  /** The loose end behind a port without a cable. */
  | { readonly kind: "loose-end"; readonly port: string };

/** Kernel names of a topology's parts. */
export type Names = {
  readonly lab: string;
  /** Interface by node and part. */
  readonly interfaces: ReadonlyMap<string, ReadonlyMap<string, string>>;
};

/** Longest interface name, IFNAMSIZ less the terminating zero. */
const maxInterfaceName = 15;

/** Names with a meaning of their own below /proc/sys/net or /sys/class/net, and the devices some modules put everywhere. */
const reserved: readonly string[] = [
  ..."lo all default bonding_masters tunl0 sit0 gre0 gretap0 erspan0".split(" "),
  ..."ip_vti0 ip6_vti0 ip6tnl0 ip6gre0".split(" "),
];

export const testPortName = "lab-test";
export const switchBridgeName = "br0";

/** The network namespace of a node, as under /run/netns. */
export function namespaceOf(lab: string, node: string): string {
  return `lab-${lab}-${node}`;
}

/** The node that stands at a physical switch's test port. */
export function testStationOf(switchName: string): string {
  return `${switchName}.test`;
}

export function port(name: string): Part {
  return { kind: "port", port: name };
}

/** A port of a virtual switch to which a vNIC is attached, as its host names it. */
export function vnicPort(workload: string, vnic: string): Part {
  return port(`${workload}:${vnic}`);
}

function partKey(part: Part): string {
  switch (part.kind) {
    case "port":
      return `port ${part.port}`;
    case "bridge":
      return `bridge ${part.switch}`;
    case "vlan":
      return `vlan ${part.parent} ${part.vid}`;
    case "vxlan":
      return `vxlan ${part.vni}`;
    case "test-port":
      return "test-port";
    case "loose-end":
      return `loose-end ${part.port}`;
    default:
      return part satisfies never;
  }
}

/** The name a part would have if there were no limits. */
function wish(part: Part): string {
  switch (part.kind) {
    case "port":
      return part.port;
    case "bridge":
      return part.switch;
    case "vlan":
      return `${part.parent}.${part.vid}`;
    case "vxlan":
      return `vx${part.vni}`;
    case "test-port":
      return testPortName;
    case "loose-end":
      return `${part.port}.nc`;
    default:
      return part satisfies never;
  }
}

function shortened(text: string, key: string, attempt: number): string {
  return `${text.slice(0, 8)}-${shortDigest([key, String(attempt)], 6)}`;
}

/** The first of these names that fits and is not taken, else the last one shortened until it is free. */
export function freeName(wishes: readonly string[], taken: ReadonlySet<string>): string {
  const fits = (name: string): boolean => name.length <= maxInterfaceName && !taken.has(name);
  const found = wishes.find(fits);
  if (found !== undefined) return found;
  const last = wishes.at(-1) ?? "";
  let attempt = 0;
  while (taken.has(shortened(last, last, attempt))) attempt++;
  return shortened(last, last, attempt);
}

/**
 * Gives each part a name of at most 15 bytes that no other part of the node has. A name depends on the others only where
 * two of them clash, so that adding a part to a topology does not rename the rest.
 */
function allocate(parts: readonly Part[]): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  const taken = new Set(reserved);
  const refused: { readonly key: string; readonly text: string }[] = [];
  for (const part of parts) {
    const key = partKey(part);
    if (names.has(key)) continue;
    const text = wish(part).replaceAll(/[^A-Za-z0-9_.-]/g, "-");
    if (text.length > maxInterfaceName || taken.has(text) || /^\.*$/.test(text)) {
      refused.push({ key, text });
      continue;
    }
    names.set(key, text);
    taken.add(text);
  }
  for (const { key, text } of refused) {
    let attempt = 0;
    while (taken.has(shortened(text, key, attempt))) attempt++;
    names.set(key, shortened(text, key, attempt));
    taken.add(shortened(text, key, attempt));
  }
  return names;
}

function bridgeParts(host: Host): readonly Part[] {
  return [
    ...host.switches.map((each): Part => ({ kind: "bridge", switch: each.name })),
    ...[host.management, host.vtep]
      .filter((each) => each !== undefined)
      .map((each): Part => ({ kind: "vlan", parent: each.switch, vid: each.vlan })),
  ];
}

function hostParts(topology: Topology, host: Host): readonly Part[] {
  const groups = host.switches.flatMap((each) => each.portGroups);
  return [
    ...[...host.nics, ...host.bonds].map((each) => port(each.name)),
    ...bridgeParts(host),
    ...topology.overlays
      .filter((overlay) => groups.some((group) => group.overlay === overlay.name))
      .map((overlay): Part => ({ kind: "vxlan", vni: overlay.vni })),
    ...topology.workloads
      .filter((workload) => workload.host === host.name)
      .flatMap((workload) => workload.vnics.map((vnic) => vnicPort(workload.name, vnic.name))),
  ];
}

function routerParts(router: Router): readonly Part[] {
  const ports = [...router.nics, ...router.bonds].map((each) => port(each.name));
  const vlans = router.interfaces.flatMap((each): readonly Part[] =>
    each.vlan === undefined ? [] : [{ kind: "vlan", parent: each.parent, vid: each.vlan }],
  );
  return [...ports, ...vlans];
}

function workloadParts(workload: Workload): readonly Part[] {
  return workload.vnics.map((vnic) => port(vnic.name));
}

function switchParts(each: Topology["switches"][number]): readonly Part[] {
  return [
    { kind: "bridge", switch: switchBridgeName },
    { kind: "test-port" },
    ...[...each.ports, ...each.lags].map((one) => port(one.name)),
    ...each.interfaces.map(
      (one): Part => ({ kind: "vlan", parent: switchBridgeName, vid: one.vlan }),
    ),
  ];
}

function withLooseEnds(parts: readonly Part[]): readonly Part[] {
  const loose = parts.flatMap((part): readonly Part[] =>
    part.kind === "port" ? [{ kind: "loose-end", port: part.port }] : [],
  );
  return [...parts, ...loose];
}

const known = new WeakMap<Topology, Names>();

/** The kernel names of every part of a topology: the same topology, the same names. */
export function nameParts(topology: Topology): Names {
  const before = known.get(topology);
  if (before !== undefined) return before;
  const interfaces = new Map<string, ReadonlyMap<string, string>>();
  const add = (node: string, parts: readonly Part[]) =>
    interfaces.set(node, allocate(withLooseEnds(parts)));
  for (const each of topology.switches) {
    add(each.name, switchParts(each));
    add(testStationOf(each.name), [port("eth0")]);
  }
  for (const host of topology.hosts) add(host.name, hostParts(topology, host));
  for (const router of topology.routers) add(router.name, routerParts(router));
  for (const workload of topology.workloads) add(workload.name, workloadParts(workload));
  const names: Names = { lab: topology.name, interfaces };
  known.set(topology, names);
  return names;
}

/** Where a part of a node is; undefined where the topology has no such part. */
export function locatePart(topology: Topology, node: string, part: Part): Location | undefined {
  const name = nameParts(topology).interfaces.get(node)?.get(partKey(part));
  if (name === undefined) return undefined;
  return { namespace: namespaceOf(topology.name, node), interface: name };
}

/** Where a point such as `hv1:p0`, `tor1:hv1`, `web1:eth0` or `hv1:web1:eth0` is recorded; undefined for an unknown one. */
export function locatePoint(topology: Topology, point: string): Location | undefined {
  const colon = point.indexOf(":");
  if (colon < 0) return undefined;
  return locatePart(topology, point.slice(0, colon), port(point.slice(colon + 1)));
}

/** Every point of a topology, node by node in the order of the file. */
export function listPoints(topology: Topology): readonly string[] {
  const points: string[] = [];
  for (const [node, parts] of nameParts(topology).interfaces) {
    for (const key of parts.keys()) {
      if (key.startsWith("port ")) points.push(`${node}:${key.slice("port ".length)}`);
    }
  }
  return points;
}
