import type { InterfaceAddress } from "../units/ip.ts";
import type { Mac } from "../units/mac.ts";
import type { Endpoint, Host, Link, PortVlans, Router, Topology } from "./topology.ts";

/** An interface with its addresses, where its broadcasts go. */
export type DomainMember = {
  /** `web1:eth0`, `gw:bond0.10`, `tor1 in VLAN 5`, `hv1 (management)`. */
  readonly owner: string;
  readonly node: string;
  /** What the addresses are of. */
  readonly kind: "vnic" | "router" | "switch" | "management" | "vtep";
  /** The vNIC, or the NIC or bond of a router. */
  readonly port?: string;
  readonly vlan?: number;
  readonly mac?: Mac;
  readonly addresses: readonly InterfaceAddress[];
  /** Equal for members of one broadcast domain. */
  readonly domain: string;
};

/** Who hears whose broadcasts. */
export type BroadcastDomains = {
  /** All interfaces that can have addresses. */
  readonly members: readonly DomainMember[];
  /** The domains whose frames a cable carries. */
  domainsOf(link: Link): ReadonlySet<string>;
};

/** Broadcast domains as cables, VLANs and overlays make them. */
export function broadcastDomains(topology: Topology): BroadcastDomains {
  const sets = new DisjointSets();
  const crossing = new Map(topology.links.map((link) => [link, crossings(topology, link)]));
  for (const pairs of crossing.values()) for (const [from, to] of pairs) sets.join(from, to);
  joinOverlays(topology, sets);
  const members = [
    ...switchMembers(topology),
    ...topology.routers.flatMap(routerMembers),
    ...topology.hosts.flatMap(hostMembers),
    ...workloadMembers(topology),
  ].map((member) => ({ ...member, domain: sets.find(member.domain) }));
  return {
    members,
    domainsOf: (link) => new Set(crossing.get(link)?.map(([from]) => sets.find(from))),
  };
}

/** Union and find over names. */
export class DisjointSets {
  readonly #parent = new Map<string, string>();

  find(name: string): string {
    let root = name;
    for (let next = this.#parent.get(root); next !== undefined; next = this.#parent.get(root))
      root = next;
    let walk = name;
    for (let next = this.#parent.get(walk); next !== undefined; next = this.#parent.get(walk)) {
      if (next !== root) this.#parent.set(walk, root);
      walk = next;
    }
    return root;
  }

  /** False if both were in one set already. */
  join(a: string, b: string): boolean {
    const [left, right] = [this.find(a), this.find(b)];
    if (left === right) return false;
    this.#parent.set(right, left);
    return true;
  }
}

/** A side of a cable: what it puts on the wire (tag 0: none) from where, and where it takes a tag to. */
type Side = {
  readonly leaves: readonly { readonly tag: number; readonly vertex: string }[];
  enters(tag: number): string | undefined;
};

export function switchVertex(node: string, vlan: number): string {
  return `switch ${node} ${vlan}`;
}

function groupVertex(host: string, virtualSwitch: string, vlan: number): string {
  return `virtual ${host} ${virtualSwitch} ${vlan}`;
}

function nicVertex(node: string, parent: string, tag: number): string {
  return `nic ${node} ${parent} ${tag}`;
}

/** From where to where the frames of a cable go, both ways. */
function crossings(topology: Topology, link: Link): readonly (readonly [string, string])[] {
  const [a, b] = [sideOf(topology, link.a), sideOf(topology, link.b)];
  const oneWay = (from: Side, to: Side): readonly (readonly [string, string])[] =>
    from.leaves.flatMap(({ tag, vertex }) => {
      const entered = to.enters(tag);
      return entered === undefined ? [] : [[vertex, entered] as const];
    });
  return [...oneWay(a, b), ...oneWay(b, a)];
}

/** What a port membership lets out and in. A tagged frame of the untagged VLAN is let in too (IEEE 802.1Q 8.6.2). */
export function bridgeSide(vlans: PortVlans, vertex: (vlan: number) => string): Side {
  const { tagged, untagged } = vlans;
  return {
    leaves: [
      ...tagged.map((vlan) => ({ tag: vlan as number, vertex: vertex(vlan) })),
      ...(untagged === undefined ? [] : [{ tag: 0, vertex: vertex(untagged) }]),
    ],
    enters: (tag) => {
      if (tag === 0) return untagged === undefined ? undefined : vertex(untagged);
      const member = tag === untagged || tagged.some((vlan) => vlan === tag);
      return member ? vertex(tag) : undefined;
    },
  };
}

function sideOf(topology: Topology, end: Endpoint): Side {
  const device = topology.switches.find((candidate) => candidate.name === end.node);
  const port = device?.ports.find((candidate) => candidate.name === end.port);
  if (port !== undefined) return bridgeSide(port.vlans, (vlan) => switchVertex(end.node, vlan));
  const host = topology.hosts.find((candidate) => candidate.name === end.node);
  if (host !== undefined) return hostSide(host, end.port);
  const router = topology.routers.find((candidate) => candidate.name === end.node);
  const parent = router === undefined ? end.port : parentOf(router, end.port);
  const tags = router?.interfaces
    .filter((each) => each.parent === parent)
    .map((each) => each.vlan ?? 0) ?? [0];
  const vertex = (tag: number): string => nicVertex(end.node, parent, tag);
  return { leaves: tags.map((tag) => ({ tag, vertex: vertex(tag) })), enters: vertex };
}

function hostSide(host: Host, nic: string): Side {
  const parent = parentOf(host, nic);
  const device = host.switches.find((candidate) => candidate.uplink === parent);
  if (device === undefined) {
    return { leaves: [], enters: (tag) => nicVertex(host.name, parent, tag) };
  }
  return bridgeSide(device.uplinkVlans, (vlan) => groupVertex(host.name, device.name, vlan));
}

/** The bond a NIC is a member of, or itself. */
function parentOf(node: Pick<Host | Router, "bonds">, nic: string): string {
  return node.bonds.find((bond) => bond.members.includes(nic))?.name ?? nic;
}

function joinOverlays(topology: Topology, sets: DisjointSets): void {
  const first = new Map<string, string>();
  for (const host of topology.hosts) {
    for (const device of host.switches) {
      for (const group of device.portGroups) {
        if (group.overlay === undefined) continue;
        const vertex = groupVertex(host.name, device.name, group.bridgeVlan);
        sets.join(first.get(group.overlay) ?? vertex, vertex);
        if (!first.has(group.overlay)) first.set(group.overlay, vertex);
      }
    }
  }
}

function switchMembers(topology: Topology): readonly DomainMember[] {
  return topology.switches.flatMap((device) =>
    device.interfaces.map((each) => ({
      owner: `${device.name} in VLAN ${each.vlan}`,
      node: device.name,
      kind: "switch" as const,
      vlan: each.vlan,
      addresses: each.addresses,
      domain: switchVertex(device.name, each.vlan),
    })),
  );
}

function routerMembers(router: Router): readonly DomainMember[] {
  return router.interfaces.map((each) => {
    const port = [...router.nics, ...router.bonds].find((entry) => entry.name === each.parent);
    return {
      owner: `${router.name}:${each.parent}${each.vlan === undefined ? "" : `.${each.vlan}`}`,
      node: router.name,
      kind: "router" as const,
      port: each.parent,
      ...(each.vlan === undefined ? {} : { vlan: each.vlan }),
      ...(port === undefined ? {} : { mac: port.mac }),
      addresses: each.addresses,
      domain: nicVertex(router.name, each.parent, each.vlan ?? 0),
    };
  });
}

function hostMembers(host: Host): readonly DomainMember[] {
  const { management, vtep } = host;
  const own = (kind: "management" | "vtep", each: typeof management): readonly DomainMember[] =>
    each === undefined
      ? []
      : [
          {
            owner: `${host.name} (${kind})`,
            node: host.name,
            kind,
            vlan: each.vlan,
            addresses: [each.address],
            domain: groupVertex(host.name, each.switch, each.vlan),
          },
        ];
  const shared =
    vtep !== undefined &&
    management?.vlan === vtep.vlan &&
    management.address.address === vtep.address.address;
  return [...own("management", management), ...(shared ? [] : own("vtep", vtep))];
}

function workloadMembers(topology: Topology): readonly DomainMember[] {
  return topology.workloads.flatMap((workload) =>
    workload.vnics.map((vnic) => ({
      owner: `${workload.name}:${vnic.name}`,
      node: workload.name,
      kind: "vnic" as const,
      port: vnic.name,
      mac: vnic.mac,
      addresses: vnic.addresses,
      domain:
        vnicVertex(topology, workload.host, vnic.attachment) ??
        nicVertex(workload.name, vnic.name, 0),
    })),
  );
}

function vnicVertex(
  topology: Topology,
  hostName: string | undefined,
  attachment: { readonly switch: string; readonly portGroup: string } | undefined,
): string | undefined {
  const host = topology.hosts.find((candidate) => candidate.name === hostName);
  const device = host?.switches.find((candidate) => candidate.name === attachment?.switch);
  const group = device?.portGroups.find((candidate) => candidate.name === attachment?.portGroup);
  if (host === undefined || device === undefined || group === undefined) return undefined;
  return groupVertex(host.name, device.name, group.bridgeVlan);
}
