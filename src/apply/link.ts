import type { ArpValidate, BondData, BondMode, BridgeData } from "../machine/netlink/link-kinds.ts";
import {
  addAltNames,
  createLink,
  createVeth,
  deleteLink,
  setLink,
  setLinkKind,
} from "../machine/netlink/links.ts";
import type { BondSettings, BridgeSettings, LinkObject } from "../plan/object.ts";
import type { Namespaces } from "./namespaces.ts";
import { returnWire, takeWire } from "./wire.ts";

type Veth = Extract<LinkObject, { type: "veth" }>;

/** Queues the making of a link, still down and without master; of a veth pair both ends at once. */
export function queueCreate(
  namespaces: Namespaces,
  link: LinkObject,
  other: LinkObject | undefined,
): void {
  if (link.type === "loopback") return;
  if (link.type === "wire") {
    takeWire(namespaces, link);
    return;
  }
  if (link.type === "veth") {
    queueCreateVeth(namespaces, link, other);
    return;
  }
  const { namespace, name } = link;
  const common = { name, ...given(link) };
  switch (link.type) {
    case "bridge":
      queueCreateBridge(namespaces, link);
      return;
    case "bond":
      namespaces.queue(
        namespace,
        createLink({ ...common, ...at(), kind: "bond", bond: bondData(link.bond) }),
      );
      return;
    case "vlan": {
      const parent = namespaces.index(namespace, link.parent);
      namespaces.queue(
        namespace,
        createLink({ ...common, ...at(), kind: "vlan", link: parent, vlan: { id: link.vid } }),
      );
      return;
    }
    case "vxlan": {
      const { vni, local, port } = link.vxlan;
      const localAddress = local.includes(":") ? { local6: local } : { local };
      namespaces.queue(
        namespace,
        createLink({
          ...common,
          ...at(),
          kind: "vxlan",
          vxlan: { id: vni, ...localAddress, port, learning: false, ttl: 64 },
        }),
      );
      return;
    }
    case "dummy":
      namespaces.queue(namespace, createLink({ ...common, ...at(), kind: "dummy" }));
      return;
    default:
      link satisfies never;
  }
  function at(): { readonly index: number } {
    return { index: namespaces.announce(namespace, name) };
  }
}

/**
 * A bridge follows the smallest MTU of its ports until it is given another one than it has; being made with one does not
 * count.
 */
function queueCreateBridge(namespaces: Namespaces, link: LinkObject & { type: "bridge" }): void {
  const { namespace, name, mtu } = link;
  const index = namespaces.announce(namespace, name);
  const first = mtu === undefined ? {} : { mtu: mtu - 1 };
  const bridge = bridgeData(link.bridge, true);
  namespaces.queue(
    namespace,
    createLink({ name, ...given(link), ...first, index, kind: "bridge", bridge }),
  );
  if (mtu !== undefined) namespaces.queue(namespace, setLink(index, { mtu }));
}

function queueCreateVeth(namespaces: Namespaces, link: Veth, other: LinkObject | undefined): void {
  if (namespaces.has(link.namespace, link.name)) return; // made together with its peer
  const { peer } = link;
  const far = other ?? { mtu: link.mtu };
  namespaces.queue(
    link.namespace,
    createVeth(
      {
        name: link.name,
        namespace: link.namespace,
        index: namespaces.announce(link.namespace, link.name),
        ...given(link),
      },
      {
        name: peer.name,
        namespace: peer.namespace,
        index: namespaces.announce(peer.namespace, peer.name),
        ...given(far),
      },
    ),
  );
}

function given(link: { readonly mtu?: number | undefined; readonly mac?: string | undefined }): {
  readonly mtu?: number;
  readonly address?: string;
} {
  return {
    ...(link.mtu === undefined ? {} : { mtu: link.mtu }),
    ...(link.mac === undefined ? {} : { address: link.mac }),
  };
}

export function queueNames(
  namespaces: Namespaces,
  link: LinkObject,
  names: readonly string[],
): void {
  if (names.length === 0) return;
  namespaces.queue(
    link.namespace,
    addAltNames(namespaces.index(link.namespace, link.name), names),
    ["EEXIST"],
  );
}

export function queueMaster(namespaces: Namespaces, link: LinkObject): void {
  const master = link.master === undefined ? 0 : namespaces.index(link.namespace, link.master);
  namespaces.queue(
    link.namespace,
    setLink(namespaces.index(link.namespace, link.name), { master }),
  );
}

export function queueUp(namespaces: Namespaces, link: LinkObject): void {
  const index = namespaces.index(link.namespace, link.name);
  namespaces.queue(link.namespace, setLink(index, { up: link.up }));
}

/** A primary member can be named only once it is a member. */
export function queuePrimary(namespaces: Namespaces, link: LinkObject): void {
  if (link.type !== "bond" || link.bond.primary === undefined) return;
  const primary = namespaces.index(link.namespace, link.bond.primary);
  const index = namespaces.index(link.namespace, link.name);
  namespaces.queue(link.namespace, setLinkKind(index, { kind: "bond", bond: { primary } }));
}

/** Queues what turns a link that exists into `link`: all that the kernel changes in place. */
export function queueSet(namespaces: Namespaces, link: LinkObject, was: LinkObject): void {
  const index = namespaces.index(link.namespace, link.name);
  const queue = namespaces.queue.bind(namespaces, link.namespace);
  if (link.mtu !== was.mtu || link.mac !== was.mac) queue(setLink(index, given(link)));
  if (link.type === "bridge" && was.type === "bridge") {
    if (!sameJson(link.bridge, was.bridge)) {
      queue(setLinkKind(index, { kind: "bridge", bridge: bridgeData(link.bridge, false) }));
    }
  }
  if (link.type === "bond" && was.type === "bond" && !sameJson(link.bond, was.bond)) {
    for (const bond of bondChanges(link.bond)) queue(setLinkKind(index, { kind: "bond", bond }));
    queuePrimary(namespaces, link);
  }
  queueNames(
    namespaces,
    link,
    link.altnames.filter((name) => !was.altnames.includes(name)),
  );
  if (link.master !== was.master) {
    // A bond takes a member only while it is down.
    if (was.up) queue(setLink(index, { up: false }));
    queueMaster(namespaces, link);
    queueUp(namespaces, link);
  } else if (link.up !== was.up) {
    queueUp(namespaces, link);
  }
}

export function queueDelete(namespaces: Namespaces, link: LinkObject): void {
  if (link.type === "loopback" || !namespaces.has(link.namespace, link.name)) return;
  if (link.type === "wire") {
    returnWire(namespaces, link);
    return;
  }
  const index = namespaces.index(link.namespace, link.name);
  namespaces.queue(link.namespace, deleteLink(index), ["ENODEV"]);
  namespaces.forget(link.namespace, link.name);
}

function sameJson(left: object, right: object): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}

/** A new bridge does not filter, and a kernel that cannot filter refuses to be told so. */
function bridgeData(settings: BridgeSettings, isNew: boolean): BridgeData {
  return {
    // The bridge's own clock counts hundredths of a second.
    forwardDelay: settings.forwardDelay / 10,
    stpState: settings.stp ? 1 : 0,
    priority: settings.priority,
    mcastSnooping: false,
    ...(isNew && !settings.vlanFiltering
      ? {}
      : { vlanFiltering: settings.vlanFiltering, vlanDefaultPvid: 0 }),
  };
}

function bondData(settings: BondSettings): BondData {
  const mode = settings.mode as BondMode;
  return {
    mode,
    ...(mode === "802.3ad" ? { lacpRate: settings.lacpRate } : {}),
    ...monitorData(settings),
  };
}

function monitorData(settings: BondSettings): BondData {
  if (settings.arpInterval > 0) {
    return {
      arpInterval: settings.arpInterval,
      arpTargets: settings.arpTargets,
      ...(settings.mode === "active-backup"
        ? { arpValidate: settings.arpValidate as ArpValidate }
        : {}),
    };
  }
  return { miimon: settings.miimon };
}

/** Link and ARP monitoring exclude each other: one has to be off before the other comes on. */
function bondChanges(settings: BondSettings): readonly BondData[] {
  if (settings.arpInterval > 0) return [{ miimon: 0 }, monitorData(settings)];
  const validateOff: BondData[] =
    settings.mode === "active-backup" ? [{ arpValidate: "none" }] : [];
  return [...validateOff, { arpInterval: 0 }, { arpTargets: [] }, { miimon: settings.miimon }];
}
