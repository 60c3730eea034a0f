import type { Path } from "../diagnostic.ts";
import type { Context } from "../resolve/context.ts";
import type { Endpoint, Topology } from "../topology.ts";

/** A group that speaks LACP, and where its members stand in the file. */
type LacpGroup = {
  readonly node: string;
  readonly name: string;
  readonly kind: "bond" | "lag";
  readonly members: readonly string[];
  readonly path: Path;
};

/**
 * LACP needs a partner that speaks it at the other end of each cable. Two switches with a LAG each are two partners: a
 * bond to both forms two aggregators of which one carries traffic, which is allowed. A LAG has one partner.
 */
export function refuseLacpFaults(context: Context, topology: Topology): void {
  const groups = lacpGroups(topology);
  const groupAt = new Map(
    groups.flatMap((group) =>
      group.members.map((member) => [`${group.node}:${member}`, group] as const),
    ),
  );
  const peers = new Map(
    topology.links.flatMap(({ a, b }) => [
      [`${a.node}:${a.port}`, b] as const,
      [`${b.node}:${b.port}`, a] as const,
    ]),
  );
  for (const group of groups) {
    const partners = new Map<string, LacpGroup>();
    for (const member of group.members) {
      const peer = peers.get(`${group.node}:${member}`);
      if (peer === undefined) continue;
      const partner = groupAt.get(`${peer.node}:${peer.port}`);
      if (partner === undefined) reportDeafPeer(context, topology, group, member, peer);
      else partners.set(`${partner.node}:${partner.name}`, partner);
    }
    reportPartners(context, group, [...partners.values()]);
  }
}

function lacpGroups(topology: Topology): readonly LacpGroup[] {
  const bonds = (kind: "hosts" | "routers"): readonly LacpGroup[] =>
    topology[kind].flatMap((node) =>
      node.bonds
        .filter((bond) => bond.mode === "802.3ad")
        .map((bond) => ({
          node: node.name,
          name: bond.name,
          kind: "bond" as const,
          members: bond.members,
          path: [kind, node.name, "bonds", bond.name],
        })),
    );
  const lags = topology.switches.flatMap((device) =>
    device.lags.map((lag) => ({
      node: device.name,
      name: lag.name,
      kind: "lag" as const,
      members: lag.members,
      path: ["switches", device.name, "lags", lag.name],
    })),
  );
  return [...lags, ...bonds("hosts"), ...bonds("routers")];
}

function reportDeafPeer(
  context: Context,
  topology: Topology,
  group: LacpGroup,
  member: string,
  peer: Endpoint,
): void {
  const far = `${peer.node}:${peer.port}`;
  const who = `member ${member} is cabled to ${far}`;
  const ports = topology.switches.find((device) => device.name === peer.node)?.ports;
  const isPort = ports?.some((port) => port.name === peer.port) === true;
  const reason = isPort
    ? `a plain port of a bridge, which eats LACP frames instead of answering: put it into a LAG of ${peer.node} (lags:)`
    : `which is in no 802.3ad bond, so nobody answers LACP there: make it a member of one`;
  const instead =
    group.kind === "bond" ? ", or use mode active-backup" : ", or take it out of the LAG";
  const at = [...group.path, "members", group.members.indexOf(member)];
  context.report(at, `${who}, ${reason}${instead}`);
}

function reportPartners(context: Context, group: LacpGroup, partners: readonly LacpGroup[]): void {
  const [first, second] = partners;
  if (first === undefined || second === undefined) return;
  const names = partners.map((partner) => `${partner.node}:${partner.name}`).join(" and ");
  if (group.kind === "lag") {
    const message = `the members of this LAG are cabled to ${names}; a LAG has one partner, the other cables would idle`;
    context.report(group.path, message, "key");
  } else if (partners.some((partner) => partner !== first && partner.node === first.node)) {
    const message = `the members are cabled to ${names}, two LAGs of one switch, of which one would idle; put the ports into one LAG`;
    context.report(group.path, message, "key");
  }
}
