import { addPortVlans, deletePortVlans } from "../machine/netlink/bridge-vlans.ts";
import { setBridgePort } from "../machine/netlink/links.ts";
import type { BridgePortObject, BridgeVlan } from "../plan/object.ts";
import type { Namespaces } from "./namespaces.ts";

/** Queues what makes a bridge port so: its settings, and exactly these VLANs. */
export function queueBridgePort(
  namespaces: Namespaces,
  port: BridgePortObject,
  was: BridgePortObject | undefined,
): void {
  const { namespace, self } = port;
  const index = namespaces.index(namespace, port.name);
  if (!self) {
    namespaces.queue(
      namespace,
      setBridgePort(index, { learning: port.learning, groupFwdMask: port.groupForwardMask }),
    );
  }
  const wanted = byVid(port.vlans);
  const present = byVid(was?.vlans ?? []);
  const surplus = ranges([...present].filter(([vid, flags]) => wanted.get(vid) !== flags));
  const missing = ranges([...wanted].filter(([vid, flags]) => present.get(vid) !== flags));
  if (surplus.length > 0) {
    namespaces.queue(namespace, deletePortVlans(index, surplus, { self }), ["ENOENT"]);
  }
  // One message holds at most one range with its end, so each goes alone.
  for (const vlan of missing) {
    namespaces.queue(namespace, addPortVlans(index, [vlan], { self }));
  }
}

/** A port that is no port any more has no VLANs; a bridge's own membership is taken away. */
export function queueDeleteBridgePort(namespaces: Namespaces, port: BridgePortObject): void {
  if (port.vlans.length === 0 || !namespaces.has(port.namespace, port.name)) return;
  const index = namespaces.index(port.namespace, port.name);
  namespaces.queue(
    port.namespace,
    deletePortVlans(index, ranges([...byVid(port.vlans)]), { self: port.self }),
    ["ENOENT", "EINVAL", "EOPNOTSUPP", "ENODEV"],
  );
}

type Membership = Parameters<typeof addPortVlans>[1][number];

const flag = { pvid: 1, untagged: 2 } as const;

function byVid(vlans: readonly BridgeVlan[]): ReadonlyMap<number, number> {
  const flags = new Map<number, number>();
  for (const { vid, end, pvid, untagged } of vlans) {
    for (let id = vid; id <= end; id++) {
      flags.set(id, (pvid ? flag.pvid : 0) | (untagged ? flag.untagged : 0));
    }
  }
  return flags;
}

/** Neighbouring ids with equal flags as ranges; the PVID is never part of one. */
function ranges(vlans: readonly (readonly [number, number])[]): readonly Membership[] {
  const found: { vid: number; last: number; flags: number }[] = [];
  for (const [vid, flags] of [...vlans].sort(([a], [b]) => a - b)) {
    const previous = found.at(-1);
    const joins = previous?.last === vid - 1 && previous.flags === flags && !(flags & flag.pvid);
    if (previous !== undefined && joins) previous.last = vid;
    else found.push({ vid, last: vid, flags });
  }
  return found.map(({ vid, last, flags }) => ({
    vid,
    ...(last === vid ? {} : { last }),
    pvid: (flags & flag.pvid) !== 0,
    untagged: (flags & flag.untagged) !== 0,
  }));
}
