import type { Host, Mirror, ReachabilityRule, Topology } from "../topology/topology.ts";
import type { IpAddress } from "../units/ip.ts";
import { farSide, point, probeId, trialId } from "./point.ts";
import type { ConnectionProbe, ControlRef, Expectation, Point, Trial } from "./trial.ts";
import { addressPair, type VnicSite, vnicSites } from "./vnic-site.ts";

const remediation =
  "Mirror both directions of every monitored port, once, to the analyzer (VM-TM-R1, SP 800-125B section 5.3).";

/** Attempts of each probe: enough to tell "some" from "all". */
const attempts = 3;

/** All mirrors of one host that deliver to one analyzer vNIC; a frame is copied once for each entry it crosses. */
export type MirrorGroup = {
  readonly host: Host;
  readonly analyzer: Point;
  readonly mirrors: readonly Mirror[];
  /** How many mirrors have this vNIC as a source. */
  copies(of: Point): number;
  readonly sources: readonly VnicSite[];
};

export function mirrorGroups(topology: Topology): readonly MirrorGroup[] {
  const sites = vnicSites(topology);
  return topology.hosts.flatMap((host) => {
    const mirrors = host.switches.flatMap((virtual) => virtual.mirrors);
    const groups = Map.groupBy(mirrors, ({ destination: { node, port } }) => point(node, port));
    return [...groups].map(([analyzer, own]) => {
      const entries = own.flatMap(({ sources }) =>
        sources.map(({ node, port }) => point(node, port)),
      );
      return {
        host,
        analyzer,
        mirrors: own,
        copies: (of: Point) => entries.filter((entry) => entry === of).length,
        sources: sites.filter((site) => entries.includes(site.point)),
      };
    });
  });
}

/** Questions and their answers through every mirrored port, and between ports that nobody mirrors. */
export function mirrorTrial(topology: Topology, group: MirrorGroup): Trial {
  const parts = group.sources.flatMap((source) =>
    peersOf(topology, group, source).flatMap((peer) => [
      pairProbe(topology, group, source, peer, source),
      pairProbe(topology, group, peer, source, source),
    ]),
  );
  const known = parts.flatMap((part) => part ?? []);
  const first = known[0];
  const negatives = first === undefined ? [] : unmirrored(topology, group, first.probe);
  const all = [...known, ...negatives];
  const probes = new Map(all.map(({ probe }) => [probe.id, probe]));
  const sites = all.flatMap((part) => part.sites);
  const points = sites.flatMap((site): readonly Point[] => {
    const far = farSide(topology, site.workload.name, site.vnic.name);
    return far === undefined ? [site.point] : [site.point, far];
  });
  return {
    id: trialId(`vm-tm-r1/${group.host.name}/${group.analyzer}`),
    subject: `mirrors to ${group.analyzer}`,
    exclusive: false,
    points: [...new Set([group.analyzer, ...points])],
    phases: [
      {
        name: "mirror",
        send: [...probes.values()],
        read: [{ kind: "traffic-control", node: group.host.name }],
        expect: all.flatMap(({ expect }) => expect),
      },
    ],
  };
}

type Part = {
  readonly probe: ConnectionProbe;
  readonly sites: readonly VnicSite[];
  readonly expect: readonly Expectation[];
};

/** A neighbour on the same switch (mirrored ones too) and one elsewhere, in the source's own segment where possible. */
function peersOf(topology: Topology, group: MirrorGroup, source: VnicSite): readonly VnicSite[] {
  const candidates = vnicSites(topology).filter(
    (site) =>
      site.workload !== source.workload &&
      site.point !== group.analyzer &&
      (conversationOf(topology, source, site) ?? conversationOf(topology, site, source)) !==
        undefined,
  );
  const ranked = candidates.toSorted((left, right) => rank(source, left) - rank(source, right));
  const near = ranked.filter(({ host }) => host === source.host);
  const plain = near.find((site) => group.copies(site.point) === 0);
  const mirrored = near.find((site) => group.copies(site.point) > 0);
  const far = ranked.find(({ host }) => host !== source.host);
  return [plain, mirrored, far].filter((site) => site !== undefined);
}

function rank(source: VnicSite, site: VnicSite): number {
  return site.segment === source.segment ? 0 : 1;
}

type Conversation = { readonly kind: "tcp" | "udp" | "icmp"; readonly port?: number };

/** What the intended reachability lets `from` say to `to`; an echo within a segment that no rule speaks of. */
function conversationOf(
  topology: Topology,
  from: VnicSite,
  to: VnicSite,
): Conversation | undefined {
  if (from.vnic.analyzer || to.vnic.analyzer || pairAddress(from, to) === undefined) {
    return undefined;
  }
  const between = (rules: readonly ReachabilityRule[]): readonly ReachabilityRule[] =>
    rules.filter(
      (rule) => rule.from.includes(from.workload.name) && rule.to.includes(to.workload.name),
    );
  const { allowed, forbidden } = topology.reachability;
  const permitted = between(allowed);
  const echo = permitted.find(({ service }) => service === "icmp" || service === "any");
  if (echo !== undefined) return { kind: "icmp" };
  for (const { service } of permitted) {
    if (typeof service !== "string") return { kind: service.protocol, port: service.port };
  }
  const isOpen = from.segment === to.segment && between(forbidden).length === 0;
  return isOpen ? { kind: "icmp" } : undefined;
}

function pairAddress(from: VnicSite, to: VnicSite): IpAddress | undefined {
  return (addressPair(from.vnic, to.vnic, 4) ?? addressPair(from.vnic, to.vnic, 6))?.target;
}

function conversationProbe(
  topology: Topology,
  from: VnicSite,
  to: VnicSite,
): ConnectionProbe | undefined {
  const address = pairAddress(from, to);
  const conversation = conversationOf(topology, from, to);
  if (address === undefined || conversation === undefined) return undefined;
  const { kind, port } = conversation;
  const name = port === undefined ? kind : `${kind}/${port}`;
  const id = probeId(`${from.point} > ${to.point} ${name}`);
  const probe = { kind, id, from: from.point, to: address, count: attempts };
  return port === undefined ? probe : { ...probe, port };
}

/** One copy for each mirrored port a frame crosses, owed from where it crossed the last of them. */
function pairProbe(
  topology: Topology,
  group: MirrorGroup,
  from: VnicSite,
  to: VnicSite,
  source: VnicSite,
): Part | undefined {
  const probe = conversationProbe(topology, from, to);
  if (probe === undefined) return undefined;
  const count = group.copies(from.point) + group.copies(to.point);
  const peer = from === source ? to : from;
  const name = (way: string): string => `${source.point} ${way} (with ${peer.point})`;
  const common = {
    probe: probe.id,
    at: group.analyzer,
    direction: "in",
    frames: { kind: "copies", count },
    remediation,
  } as const;
  const isOutgoing = from === source;
  return {
    probe,
    sites: [from, to],
    expect: [
      {
        ...common,
        subject: name(isOutgoing ? "outgoing" : "incoming"),
        owedFor: crossed(group, from, to),
      },
      {
        ...common,
        subject: name(isOutgoing ? "incoming" : "outgoing"),
        role: "reply",
        owedFor: crossed(group, to, from),
      },
    ],
  };
}

/** Where a frame of `sender` that goes to `receiver` has crossed every mirrored port of its way. */
function crossed(
  group: MirrorGroup,
  sender: VnicSite,
  receiver: VnicSite,
): NonNullable<Expectation["owedFor"]> {
  return group.copies(receiver.point) > 0
    ? { at: receiver.point, direction: "in" }
    : { at: sender.point, direction: "out" };
}

/** "None else": what two workloads of the host say that nobody monitors, to each other or to elsewhere. */
function unmirrored(
  topology: Topology,
  group: MirrorGroup,
  control: ConnectionProbe,
): readonly Part[] {
  const sites = vnicSites(topology).filter(
    (site) => group.copies(site.point) === 0 && site.point !== group.analyzer,
  );
  const own = sites.filter(({ host }) => host === group.host);
  const pairs = own.flatMap((from) =>
    sites
      .filter(
        (to) => to.workload !== from.workload && conversationOf(topology, from, to) !== undefined,
      )
      .map((to) => ({ from, to })),
  );
  const near = pairs.find(({ to }) => to.host === group.host);
  const far = pairs.find(({ to }) => to.host !== group.host);
  const seen: ControlRef = { probe: control.id, at: group.analyzer, direction: "in" };
  return [near, far].flatMap((pair) => {
    const probe = pair === undefined ? undefined : conversationProbe(topology, pair.from, pair.to);
    if (pair === undefined || probe === undefined) return [];
    const common = {
      subject: `unmonitored ${pair.from.point} and ${pair.to.point}`,
      probe: probe.id,
      at: group.analyzer,
      direction: "in",
      frames: { kind: "none" },
      control: seen,
      remediation: "Mirror the monitored ports only, not the whole switch or its uplink.",
    } as const;
    return [
      {
        probe,
        sites: [pair.from, pair.to],
        expect: [common, { ...common, role: "reply" }],
      } as const,
    ];
  });
}
