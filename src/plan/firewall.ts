import type { Firewall, FirewallRule, Topology, Vnic, Workload } from "../topology/topology.ts";
import { ipVersion } from "../units/ip.ts";
import { interfaceOf } from "./build.ts";
import { namespaceOf, vnicPort } from "./names.ts";
import type { RulesetObject } from "./object.ts";

type Direction = FirewallRule["direction"];

export const nodeTable = "lab";

/** The table of the kernel-based rules at a vNIC, in its host. */
export function vnicTable(hostInterface: string): string {
  return `lab-${hostInterface}`;
}

const hookOf = { in: "input", out: "output", forward: "forward" } as const;

/** Neighbour discovery, without which IPv6 has no rule to judge. */
const discovery =
  "icmpv6 type { nd-router-solicit, nd-router-advert, nd-neighbor-solicit, nd-neighbor-advert } accept";
const answers = "ct state established,related accept";

/**
 * The rules inside a workload or router. The policy holds for what a rule list is about by itself (a forwarding node:
 * what it forwards; others: what comes in) and for every other direction that has a rule.
 */
export function realiseNodeFirewall(
  namespace: string,
  firewall: Firewall | undefined,
  forwards: boolean,
): readonly RulesetObject[] {
  if (firewall === undefined) return [];
  const chains = directionsOf(firewall, forwards ? "forward" : "in").map((direction) =>
    chain(hookOf[direction], [
      `type filter hook ${hookOf[direction]} priority filter; policy ${firewall.policy};`,
      ...answersOf(firewall),
      ...ownTraffic(direction),
      ...rulesOf(firewall, direction).flatMap((rule) => ruleLines(rule)),
    ]),
  );
  const body = chains.join("\n\n");
  return [{ kind: "ruleset", namespace, family: "inet", table: nodeTable, body }];
}

/** What a rule list that remembers connections lets pass unasked. */
function answersOf({ stateful }: Firewall): readonly string[] {
  return stateful === false ? [] : [answers];
}

/** Neighbour discovery and the loopback are a node's own business; nobody forwards them. */
function ownTraffic(direction: Direction): readonly string[] {
  if (direction === "forward") return [];
  return [discovery, direction === "in" ? 'iif "lo" accept' : 'oif "lo" accept'];
}

/**
 * Kernel-based rules at a vNIC: frames to and from its port in the host's bridge. They are about IP; other protocols,
 * ARP among them, are the business of the VLANs.
 */
export function realiseVnicFirewall(
  topology: Topology,
  workload: Workload,
  vnic: Vnic,
): readonly RulesetObject[] {
  if (vnic.firewall === undefined || workload.host === undefined) return [];
  const { firewall } = vnic;
  const name = interfaceOf(topology, workload.host, vnicPort(workload.name, vnic.name));
  const directions = directionsOf(firewall, "in");
  const jumps = [
    ...(directions.includes("out") ? [`iifname "${name}" jump from-vnic`] : []),
    ...(directions.includes("in") ? [`oifname "${name}" jump to-vnic`] : []),
  ];
  const chains = [
    ...(directions.includes("in") ? [vnicChain("to-vnic", firewall, "in")] : []),
    ...(directions.includes("out") ? [vnicChain("from-vnic", firewall, "out")] : []),
    chain("forward", ["type filter hook forward priority filter; policy accept;", ...jumps]),
    ...(directions.includes("out")
      ? [
          chain("input", [
            "type filter hook input priority filter; policy accept;",
            `iifname "${name}" jump from-vnic`,
          ]),
        ]
      : []),
  ];
  return [
    {
      kind: "ruleset",
      namespace: namespaceOf(topology.name, workload.host),
      family: "bridge",
      table: vnicTable(name),
      body: chains.join("\n\n"),
    },
  ];
}

function vnicChain(name: string, firewall: Firewall, direction: "in" | "out"): string {
  return chain(name, [
    "meta protocol != { ip, ip6 } accept",
    ...answersOf(firewall),
    // Said first, or nft reads the protocol from the frame, where the tag of a VLAN-aware bridge stands before it.
    `meta protocol ip6 ${discovery}`,
    ...rulesOf(firewall, direction).flatMap((rule) => ruleLines(asInBridge(rule))),
    firewall.policy,
  ]);
}

/** The bridge family cannot answer from its forward hook: there a refusal is a drop. */
function asInBridge(rule: FirewallRule): FirewallRule {
  return rule.action === "reject" ? { ...rule, action: "drop" } : rule;
}

function rulesOf(firewall: Firewall, direction: Direction): readonly FirewallRule[] {
  return firewall.rules.filter((rule) => rule.direction === direction);
}

function directionsOf(firewall: Firewall, always: Direction): readonly Direction[] {
  return (["in", "forward", "out"] as const).filter(
    (direction) => direction === always || rulesOf(firewall, direction).length > 0,
  );
}

/** A rule in the words in which nft(8) lists it; one with a port and no protocol is about TCP and UDP. */
function ruleLines(rule: FirewallRule): readonly string[] {
  const matches = [addressMatch("saddr", rule.source), addressMatch("daddr", rule.destination)];
  if (rule.port !== undefined && rule.protocol === undefined) {
    return (["tcp", "udp"] as const).flatMap((protocol) => ruleLines({ ...rule, protocol }));
  }
  return [[...matches, protocolMatch(rule), rule.action].filter((text) => text !== "").join(" ")];
}

function addressMatch(field: "saddr" | "daddr", prefix: string | undefined): string {
  if (prefix === undefined || /^(0\.0\.0\.0|::)\/0$/.test(prefix)) return familyOnly(prefix);
  const family = ipVersion(prefix) === 4 ? "ip" : "ip6";
  // nft lists a prefix that is one address as that address.
  return `${family} ${field} ${prefix.replace(/(?<=\.\d+)\/32$|\/128$/, "")}`;
}

/** "Everybody" of one IP version. */
function familyOnly(prefix: string | undefined): string {
  if (prefix === undefined) return "";
  return ipVersion(prefix) === 4 ? "meta protocol ip" : "meta protocol ip6";
}

function protocolMatch({ protocol, port }: FirewallRule): string {
  switch (protocol) {
    case undefined:
      return "";
    case "tcp":
    case "udp":
      return port === undefined ? `meta l4proto ${protocol}` : `${protocol} dport ${port}`;
    case "icmp":
      return "meta l4proto icmp";
    case "icmpv6":
      return "meta l4proto ipv6-icmp";
    default:
      return protocol satisfies never;
  }
}

function chain(name: string, lines: readonly string[]): string {
  return `\tchain ${name} {\n${lines.map((line) => `\t\t${line}\n`).join("")}\t}`;
}
