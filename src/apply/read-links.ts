import { wireOfMac } from "../machine/guest/wire-nic.ts";
import { type PortVlans, readPortVlans } from "../machine/netlink/bridge-vlans.ts";
import type { BondData, BridgeData } from "../machine/netlink/link-kinds.ts";
import type { Link } from "../machine/netlink/links.ts";
import { namespaceId } from "../machine/netlink/namespace-ids.ts";
import type { NetlinkSocket } from "../machine/netlink/socket.ts";
import type {
  BondSettings,
  BridgePortObject,
  BridgeSettings,
  BridgeVlan,
  LinkObject,
} from "../plan/object.ts";

/** One namespace with its links, as far as finding the far ends of veth pairs needs it. */
export type NamespaceLinks = {
  readonly namespace: string;
  readonly socket: NetlinkSocket;
  readonly links: readonly Link[];
};

/** The links of a namespace as parts of a plan; kinds that no plan makes are left out. */
export function linkObjects(here: NamespaceLinks, peers: PeerFinder): readonly LinkObject[] {
  const names = new Map(here.links.map((link) => [link.index, link.name]));
  return here.links.flatMap((link) => linkObject(here, link, names, peers) ?? []);
}

function linkObject(
  here: NamespaceLinks,
  link: Link,
  names: ReadonlyMap<number, string>,
  peers: PeerFinder,
): LinkObject | undefined {
  const base = linkBase(here, link, names);
  switch (link.name === "lo" ? "loopback" : link.info.kind) {
    case "loopback":
      return { ...base, type: "loopback" };
    case "veth": {
      const peer = peers.find(here, link);
      return peer && { ...base, type: "veth", peer };
    }
    case "bridge":
      return { ...base, type: "bridge", bridge: bridgeSettings(link.info.bridge ?? {}) };
    case "bond":
      return { ...base, type: "bond", bond: bondSettings(link.info.bond ?? {}, names) };
    case "vlan": {
      const parent = names.get(link.link ?? 0) ?? "";
      return { ...base, type: "vlan", parent, vid: link.info.vlan?.id ?? 0 };
    }
    case "vxlan": {
      const { id = 0, local, local6, port = 0 } = link.info.vxlan ?? {};
      return { ...base, type: "vxlan", vxlan: { vni: id, local: local ?? local6 ?? "", port } };
    }
    case "dummy":
      return { ...base, type: "dummy" };
    default: {
      const wire = wireOfMac(link.permanentAddress);
      return wire === undefined ? undefined : { ...base, type: "wire", wire };
    }
  }
}

function linkBase(
  { namespace }: NamespaceLinks,
  link: Link,
  names: ReadonlyMap<number, string>,
): Omit<Extract<LinkObject, { type: "dummy" }>, "type"> {
  const master = link.master === undefined ? undefined : names.get(link.master);
  // A bond gives its members its own address; the one they had is what the plan speaks of.
  const mac = link.info.bondMember?.permanentAddress ?? link.address;
  return {
    kind: "link",
    namespace,
    name: link.name,
    ...(link.mtu === undefined ? {} : { mtu: link.mtu }),
    ...(mac === undefined ? {} : { mac }),
    ...(master === undefined ? {} : { master }),
    up: link.up,
    altnames: link.altNames,
  };
}

function bridgeSettings(data: BridgeData): BridgeSettings {
  return {
    vlanFiltering: data.vlanFiltering ?? false,
    stp: (data.stpState ?? 0) !== 0,
    priority: data.priority ?? 0,
    forwardDelay: (data.forwardDelay ?? 0) * 10,
  };
}

function bondSettings(data: BondData, names: ReadonlyMap<number, string>): BondSettings {
  const primary = data.primary === undefined ? undefined : names.get(data.primary);
  return {
    mode: data.mode ?? "",
    miimon: data.miimon ?? 0,
    arpInterval: data.arpInterval ?? 0,
    arpTargets: data.arpTargets ?? [],
    arpValidate: data.arpValidate ?? "none",
    ...(primary === undefined ? {} : { primary }),
    lacpRate: data.lacpRate ?? "slow",
  };
}

/** Finds the far ends of veth pairs among the namespaces of a lab. */
export class PeerFinder {
  /** `index link`, the own and the far index as the far end has them. */
  readonly #ends = new Map<string, { readonly at: NamespaceLinks; readonly link: Link }[]>();

  constructor(all: readonly NamespaceLinks[]) {
    for (const at of all) {
      for (const link of at.links) {
        if (link.info.kind !== "veth") continue;
        const key = `${link.index} ${link.link}`;
        const ends = this.#ends.get(key);
        if (ends === undefined) this.#ends.set(key, [{ at, link }]);
        else ends.push({ at, link });
      }
    }
  }

  /** Two pairs may have the same indexes in other namespaces; then the kernel's number of the far namespace decides. */
  find(here: NamespaceLinks, link: Link): { namespace: string; name: string } | undefined {
    const ends = (this.#ends.get(`${link.link} ${link.index}`) ?? []).filter(
      (end) => end.link !== link,
    );
    const isIt = (end: { readonly at: NamespaceLinks }): boolean =>
      end.at === here
        ? link.linkNamespaceId === undefined
        : namespaceId(here.socket, end.at.namespace) === link.linkNamespaceId;
    const found = ends.length === 1 ? ends[0] : ends.find(isIt);
    return found && { namespace: found.at.namespace, name: found.link.name };
  }
}

/** What links are as bridge ports, and the bridges' own VLANs. */
export function bridgePortObjects({
  namespace,
  socket,
  links,
}: NamespaceLinks): readonly BridgePortObject[] {
  if (!links.some((link) => link.info.kind === "bridge")) return [];
  const vlans = new Map(readPortVlans(socket).map((port) => [port.index, port]));
  const bridges = new Map(links.map((link) => [link.index, link.info.bridge]));
  return links.flatMap((link): readonly BridgePortObject[] => {
    const bridge = bridges.get(link.info.kind === "bridge" ? link.index : (link.master ?? 0));
    const memberships = asVlans(vlans.get(link.index)).filter((vlan) => !isDefault(vlan, bridge));
    const common = { kind: "bridge-port", namespace, name: link.name, vlans: memberships } as const;
    if (link.info.kind === "bridge") {
      return memberships.length === 0
        ? []
        : [{ ...common, self: true, learning: true, groupForwardMask: 0 }];
    }
    if (bridge === undefined) return [];
    const { learning = true, groupFwdMask = 0 } = link.info.bridgePort ?? {};
    return [{ ...common, self: false, learning, groupForwardMask: groupFwdMask }];
  });
}

/** Without filtering the kernel still notes its default VLAN at every port, which means nothing there. */
function isDefault(vlan: BridgeVlan, bridge: BridgeData | undefined): boolean {
  return bridge?.vlanFiltering === false && vlan.pvid && vlan.vid === bridge.vlanDefaultPvid;
}

/** Ids one by one: how a range was spelt is not the kernel's to remember. */
function asVlans(port: PortVlans | undefined): readonly BridgeVlan[] {
  return [...(port?.vlans ?? [])]
    .sort((a, b) => a.vid - b.vid)
    .map((vlan) => ({ ...vlan, end: vlan.vid }));
}
