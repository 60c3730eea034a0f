import {
  formatInterfaceAddress,
  interfaceAddress,
  ipVersion,
  type Prefix,
  prefix,
} from "../../units/ip.ts";
import type { Path } from "../diagnostic.ts";
import { suggestion } from "../did-you-mean.ts";
import { indexed } from "../source/indexed.ts";
import type { Firewall, FirewallRule, Workload } from "../topology.ts";
import type { Labels, WrittenFirewall, WrittenRule } from "../written.ts";
import { type Context, parsed } from "./context.ts";
import { labelsText, matchesLabels } from "./labels.ts";
import type { Segments } from "./segments.ts";

/** Who can be named in a rule. */
export type Parties = {
  readonly segments: Segments;
  /** With their addresses; their own firewalls are not looked at. */
  readonly workloads: readonly Omit<Workload, "firewall" | "routes">[];
};

/** A rule list as written becomes one rule for each pair of networks it speaks of. */
export function resolveFirewall(
  context: Context,
  path: Path,
  form: WrittenFirewall,
  direction: FirewallRule["direction"],
  parties: Parties,
): Firewall {
  const rules = indexed(form.rules ?? []).flatMap(([index, rule]) =>
    resolveRule(context, [...path, "rules", index], rule, direction, parties),
  );
  const policy = form.policy ?? "drop";
  return form.stateful === false ? { policy, rules, stateful: false } : { policy, rules };
}

const actions = ["accept", "drop", "reject"] as const;

function resolveRule(
  context: Context,
  path: Path,
  form: WrittenRule,
  direction: FirewallRule["direction"],
  parties: Parties,
): readonly FirewallRule[] {
  const said = actions.filter((action) => form[action] !== undefined);
  const action = said[0];
  if (action === undefined || said.length > 1) {
    const message = `a rule does one thing; write ${said.length === 0 ? "" : "only "}one of accept, drop, reject`;
    context.report(path, message);
    return [];
  }
  const match = form[action] ?? "any";
  const base = { action, direction: form.direction ?? direction };
  const sources = partyPrefixes(context, [...path, "from"], form.from, parties);
  const destinations = partyPrefixes(context, [...path, "to"], form.to, parties);
  const protocols = protocolsOf(context, [...path, action], match);
  return sources.flatMap((source) =>
    destinations.flatMap((destination) => combine(base, source, destination, protocols)),
  );
}

type Protocol = Pick<FirewallRule, "protocol" | "port">;

function protocolsOf(context: Context, path: Path, match: string): readonly Protocol[] {
  const [protocol, port] = match.split("/");
  if (port !== undefined && (Number(port) < 1 || Number(port) > 65535)) {
    context.report(path, `port ${port}: use 1 to 65535`);
  }
  switch (protocol) {
    case "any":
      return [{}];
    case "icmp":
      return [{ protocol: "icmp" }, { protocol: "icmpv6" }];
    case "icmpv6":
      return [{ protocol }];
    default:
      return [
        {
          protocol: protocol as "tcp" | "udp",
          ...(port === undefined ? {} : { port: Number(port) }),
        },
      ];
  }
}

const icmpFamily: Readonly<Record<string, 4 | 6>> = { icmp: 4, icmpv6: 6 };

/** Rules for one source and one destination; none where their families, or the protocol's, differ. */
function combine(
  base: Pick<FirewallRule, "action" | "direction">,
  source: Prefix | undefined,
  destination: Prefix | undefined,
  protocols: readonly Protocol[],
): readonly FirewallRule[] {
  const families = [source, destination].flatMap((value) =>
    value === undefined ? [] : [ipVersion(value)],
  );
  return protocols.flatMap((protocol) => {
    const own = icmpFamily[protocol.protocol ?? ""];
    const all = new Set(own === undefined ? families : [...families, own]);
    if (all.size > 1) return [];
    return [
      {
        ...base,
        ...(source === undefined ? {} : { source }),
        ...(destination === undefined ? {} : { destination }),
        ...protocol,
      },
    ];
  });
}

/** The networks a rule's `from` or `to` means; `[undefined]`: anybody. */
function partyPrefixes(
  context: Context,
  path: Path,
  party: string | Labels | undefined,
  parties: Parties,
): readonly (Prefix | undefined)[] {
  if (party === undefined || party === "any") return [undefined];
  if (typeof party !== "string") {
    const found = parties.workloads.filter((workload) => matchesLabels(workload, party));
    if (found.length === 0)
      context.report(path, `no workload has ${labelsText(party)}; the rule would match nothing`);
    return found.flatMap(ownPrefixes);
  }
  const { segments } = parties;
  const segment = segments.vlans.get(party) ?? segments.overlays.get(party);
  if (segment !== undefined) {
    const prefixes = [segment.ipv4, segment.ipv6].filter((value) => value !== undefined);
    if (prefixes.length === 0) {
      context.report(
        path,
        `${party} has no prefix to match; give it ipv4 or ipv6, or write a network here`,
      );
    }
    return prefixes;
  }
  const workload = parties.workloads.find((candidate) => candidate.name === party);
  if (workload !== undefined) return ownPrefixes(workload);
  if (/[.:/]/.test(party)) return parsedParty(context, path, party);
  if (!context.lost.has(party)) {
    const known = [
      ...segments.vlans.keys(),
      ...segments.overlays.keys(),
      ...parties.workloads.map((each) => each.name),
    ];
    context.report(
      path,
      `unknown VLAN, overlay or workload "${party}"; ${suggestion(party, known)}`,
    );
  }
  return [];
}

function parsedParty(context: Context, path: Path, text: string): readonly Prefix[] {
  const full = text.includes("/") ? text : `${text}/${text.includes(":") ? 128 : 32}`;
  const value = parsed(context, path, () => prefix(full));
  return value === undefined ? [] : [value];
}

function ownPrefixes(workload: Parties["workloads"][number]): readonly Prefix[] {
  return workload.vnics.flatMap((vnic) =>
    vnic.addresses.map(({ address }) => {
      const prefixLength = ipVersion(address) === 4 ? 32 : 128;
      return prefix(formatInterfaceAddress({ ...interfaceAddress(`${address}/${prefixLength}`) }));
    }),
  );
}
