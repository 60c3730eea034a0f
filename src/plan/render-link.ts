import type { BondSettings, BridgeSettings, LinkObject } from "./object.ts";

type Line = string;

function ip({ namespace }: LinkObject, words: string): Line {
  return `ip -n ${namespace} ${words}`;
}

/** Making a link: what is done at once, in the order in which it is done. */
export function renderMakingLink(link: LinkObject, isMade: boolean): readonly Line[] {
  const { name, altnames, master } = link;
  return [
    ...addedLines(link, isMade),
    ...altnameLines(link, altnames),
    ...(master === undefined ? [] : [ip(link, `link set ${name} master ${master}`)]),
  ];
}

/** The second end of a pair is there already, with what the kernel chose for it. */
function addedLines(link: LinkObject, isMade: boolean): readonly Line[] {
  if (link.type === "loopback") return [];
  if (link.type === "wire") return wireLines(link);
  if (!isMade) return [ip(link, `link add ${addition(link)}`)];
  const words = identity(link);
  return words.length === 0 ? [] : [ip(link, `link set ${link.name} ${words.join(" ")}`)];
}

/** The NIC is the machine's own and lies in its root namespace until then, under a name that the kernel chose. */
function wireLines(link: LinkObject & { readonly type: "wire" }): readonly Line[] {
  const words = identity(link);
  return [
    `ip link set ${wireName(link)} netns ${link.namespace} name ${link.name}`,
    ...(words.length === 0 ? [] : [ip(link, `link set ${link.name} ${words.join(" ")}`)]),
  ];
}

function wireName({ wire }: LinkObject & { readonly type: "wire" }): string {
  return `wire${wire}`;
}

function identity({ mac, mtu }: LinkObject): readonly string[] {
  return [
    ...(mac === undefined ? [] : [`address ${mac}`]),
    ...(mtu === undefined ? [] : [`mtu ${mtu}`]),
  ];
}

/** What waits until all members are there. */
export function renderPrimary(link: LinkObject): readonly Line[] {
  if (link.type !== "bond" || link.bond.primary === undefined) return [];
  return [ip(link, `link set ${link.name} type bond primary ${link.bond.primary}`)];
}

/** What waits until VLANs, rules and addresses are there. */
export function renderUp(link: LinkObject): readonly Line[] {
  return link.up ? [ip(link, `link set ${link.name} up`)] : [];
}

export function renderDeletingLink(link: LinkObject): Line {
  if (link.type === "wire") {
    return ip(link, `link set ${link.name} down netns 1 name ${wireName(link)}`);
  }
  const words = link.type === "loopback" ? `set ${link.name} down` : `delete ${link.name}`;
  return ip(link, `link ${words}`);
}

/** Changing a link in place: only what differs. */
export function renderChangingLink(link: LinkObject, was: LinkObject): readonly Line[] {
  const { name } = link;
  const set = (words: string): Line => ip(link, `link set ${name} ${words}`);
  const given = [
    ...(link.mac !== undefined && link.mac !== was.mac ? [`address ${link.mac}`] : []),
    ...(link.mtu !== undefined && link.mtu !== was.mtu ? [`mtu ${link.mtu}`] : []),
  ];
  const names = link.altnames.filter((altname) => !was.altnames.includes(altname));
  return [
    ...(given.length > 0 ? [set(given.join(" "))] : []),
    ...changedSettings(link, was).map((words) => set(words)),
    ...altnameLines(link, names),
    ...changedMaster(link, was).map((words) => set(words)),
    ...(link.up === was.up ? [] : [set(link.up ? "up" : "down")]),
  ];
}

function changedMaster(link: LinkObject, was: LinkObject): readonly string[] {
  if (link.master === was.master) return [];
  return [link.master === undefined ? "nomaster" : `master ${link.master}`];
}

function changedSettings(link: LinkObject, was: LinkObject): readonly string[] {
  if (link.type === "bond" && was.type === "bond") return changedBond(link.bond, was.bond);
  return settings(link) === settings(was) ? [] : [`type ${settings(link)}`];
}

/** Link and ARP monitoring exclude each other: one has to be off before the other comes on. */
function changedBond(bond: BondSettings, was: BondSettings): readonly string[] {
  const primary = bond.primary === undefined ? [] : [`type bond primary ${bond.primary}`];
  if (bondWords(bond) === bondWords(was)) return bond.primary === was.primary ? [] : primary;
  const monitor = `type bond ${monitorWords(bond).join(" ")}`;
  if (bond.arpInterval > 0) return ["type bond miimon 0", monitor, ...primary];
  return [
    ...(bond.mode === "active-backup" ? ["type bond arp_validate none"] : []),
    "type bond arp_interval 0",
    'type bond arp_ip_target ""',
    monitor,
    ...primary,
  ];
}

function altnameLines(link: LinkObject, altnames: readonly string[]): readonly Line[] {
  if (altnames.length === 0) return [];
  const words = altnames.map((altname) => `altname ${altname}`).join(" ");
  return [ip(link, `link property add dev ${link.name} ${words}`)];
}

/** What follows `ip link add`. */
function addition(link: LinkObject): string {
  const common = [link.name, ...identity(link)].join(" ");
  const below = link.type === "vlan" ? `link ${link.parent} name ` : "";
  return `${below}${common} type ${settings(link)}`;
}

/** A link's type with its own settings. */
function settings(link: LinkObject): string {
  switch (link.type) {
    case "veth":
      return `veth peer name ${link.peer.name} netns ${link.peer.namespace}`;
    case "bridge":
      return bridgeWords(link.bridge);
    case "bond":
      return bondWords(link.bond);
    case "vlan":
      return `vlan id ${link.vid}`;
    case "vxlan":
      return `vxlan id ${link.vxlan.vni} local ${link.vxlan.local} dstport ${link.vxlan.port} nolearning ttl 64`;
    case "loopback":
    case "wire":
    case "dummy":
      return link.type;
    default:
      return link satisfies never;
  }
}

function bridgeWords({ vlanFiltering, stp, priority, forwardDelay }: BridgeSettings): string {
  return [
    "bridge",
    ...(vlanFiltering ? ["vlan_filtering 1", "vlan_default_pvid 0"] : ["vlan_filtering 0"]),
    "mcast_snooping 0",
    `stp_state ${stp ? 1 : 0}`,
    `priority ${priority}`,
    // In hundredths of a second.
    `forward_delay ${forwardDelay / 10}`,
  ].join(" ");
}

function bondWords(bond: BondSettings): string {
  const lacp = bond.mode === "802.3ad" ? [`lacp_rate ${bond.lacpRate}`] : [];
  return ["bond", `mode ${bond.mode}`, ...monitorWords(bond), ...lacp].join(" ");
}

function monitorWords(bond: BondSettings): readonly string[] {
  const { mode, miimon, arpInterval, arpTargets, arpValidate } = bond;
  if (arpInterval === 0) return [`miimon ${miimon}`];
  return [
    `arp_interval ${arpInterval} arp_ip_target ${arpTargets.join(",")}`,
    ...(mode === "active-backup" ? [`arp_validate ${arpValidate}`] : []),
  ];
}
