import { readPortVlans } from "../machine/netlink/bridge-vlans.ts";
import { readFilters } from "../machine/netlink/filters.ts";
import { type Link, readLinks } from "../machine/netlink/links.ts";
import { readQdiscs } from "../machine/netlink/qdiscs.ts";
import { NetlinkSocket } from "../machine/netlink/socket.ts";
import { readRules } from "../machine/nftables/nftables.ts";
import type { FactAnswer, FactRequest } from "./protocol.ts";

/** What the kernel says of one namespace, with the question it was asked. */
export function readFact({ kind, namespace, argument }: FactRequest): FactAnswer {
  using socket = new NetlinkSocket(namespace);
  switch (kind) {
    case "bond": {
      const links = readLinks(socket);
      const bond = links.find((link) => link.name === argument);
      const value = bond === undefined ? null : bondFact(bond, links);
      return { source: `rtnetlink RTM_GETLINK in ${namespace}, bond ${argument}`, value };
    }
    case "links":
      return {
        source: `rtnetlink RTM_GETLINK in ${namespace}`,
        value: readLinks(socket).map(withoutCounters),
      };
    case "bridge-vlans":
      return {
        source: `rtnetlink RTM_GETLINK AF_BRIDGE in ${namespace}`,
        value: vlansByName(socket),
      };
    case "ruleset":
      return { source: `nft -j list ruleset in ${namespace}`, value: readRules(namespace) };
    case "traffic-control":
      return {
        source: `rtnetlink RTM_GETQDISC, RTM_GETTFILTER in ${namespace}`,
        value: readQdiscs(socket).map((qdisc) => ({
          ...qdisc,
          filters: qdisc.kind === "clsact" ? readFilters(socket, qdisc.index) : [],
        })),
      };
    default:
      throw new TypeError(`no such kind of fact: ${kind}`);
  }
}

/** Counters differ from moment to moment; facts are about settings and states. */
function withoutCounters({ counters: _, ...link }: Link): Omit<Link, "counters"> {
  return link;
}

function bondFact(bond: Link, links: readonly Link[]): object {
  const members = links.filter((link) => link.master === bond.index);
  const active = links.find((link) => link.index === bond.info.bond?.activeMember);
  return {
    name: bond.name,
    up: bond.up,
    ...bond.info.bond,
    activeMember: active?.name ?? null,
    members: members.map((member) => ({
      name: member.name,
      up: member.up,
      carrier: member.carrier ?? false,
      ...member.info.bondMember,
    })),
  };
}

function vlansByName(socket: NetlinkSocket): object {
  const names = new Map(readLinks(socket).map((link) => [link.index, link.name]));
  return readPortVlans(socket).map(({ index, vlans }) => ({ port: names.get(index), vlans }));
}
