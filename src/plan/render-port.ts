import { mergeVlans } from "./equal.ts";
import type { BridgePortObject, BridgeVlan } from "./object.ts";

/** Making a bridge port so: its settings, VLANs that go, VLANs that come. */
export function renderPort(
  port: BridgePortObject,
  was: BridgePortObject | undefined,
): readonly string[] {
  const { namespace, name, self, learning, groupForwardMask } = port;
  const settings = `learning ${learning ? "on" : "off"} group_fwd_mask ${groupForwardMask}`;
  const isSame = was?.learning === learning && was.groupForwardMask === groupForwardMask;
  const wanted = byId(port.vlans);
  const present = byId(was?.vlans ?? []);
  const surplus = [...present].filter(([vid, vlan]) => !isEqual(wanted.get(vid), vlan));
  const missing = [...wanted].filter(([vid, vlan]) => !isEqual(present.get(vid), vlan));
  return [
    ...(self || isSame
      ? []
      : [`ip -n ${namespace} link set ${name} type bridge_slave ${settings}`]),
    ...vlanLines(port, "del", surplus),
    ...vlanLines(port, "add", missing),
  ];
}

/** What ends with a port that goes is its membership. */
export function renderDeletingPort(port: BridgePortObject): readonly string[] {
  return vlanLines(port, "del", [...byId(port.vlans)]);
}

function vlanLines(
  { namespace, name, self }: BridgePortObject,
  act: "add" | "del",
  vlans: readonly (readonly [number, BridgeVlan])[],
): readonly string[] {
  return mergeVlans(vlans.map(([, vlan]) => vlan)).map(({ vid, end, pvid, untagged }) => {
    const range = vid === end ? `${vid}` : `${vid}-${end}`;
    const flags = act === "add" ? `${pvid ? " pvid" : ""}${untagged ? " untagged" : ""}` : "";
    const own = self ? " self" : "";
    return `bridge -n ${namespace} vlan ${act} dev ${name} vid ${range}${flags}${own}`;
  });
}

function byId(vlans: readonly BridgeVlan[]): ReadonlyMap<number, BridgeVlan> {
  const found = new Map<number, BridgeVlan>();
  for (const vlan of vlans) {
    for (let vid = vlan.vid; vid <= vlan.end; vid++) found.set(vid, { ...vlan, vid, end: vid });
  }
  return found;
}

function isEqual(left: BridgeVlan | undefined, right: BridgeVlan): boolean {
  return left?.pvid === right.pvid && left.untagged === right.untagged;
}
