import type { ReachabilityRule, Topology } from "../topology/topology.ts";
import { type IpAddress, ipFromBigInt, ipToBigInt, ipVersion } from "../units/ip.ts";
import { broadcastProbe } from "./frame-probe.ts";
import { hostPorts } from "./host-port.ts";
import { farSide, probeId, trialId } from "./point.ts";
import {
  type ConnectionProbe,
  type ControlRef,
  type Expectation,
  type FrameProbe,
  formatService,
  type Point,
  type Probe,
  type Trial,
} from "./trial.ts";
import { addressPair, type VnicSite, vnicSites } from "./vnic-site.ts";

/** One service tried between two workloads, over one IP version. */
type Attempt = {
  readonly from: VnicSite;
  readonly to: VnicSite;
  readonly target: IpAddress;
  readonly onLink: boolean;
  readonly isAllowed: boolean;
  readonly subject: string;
  readonly probe: ConnectionProbe;
  readonly position: string;
};

/** The matrix of intended reachability as one trial. */
export function reachabilityTrial(topology: Topology): readonly Trial[] {
  const attempts = attemptsOf(topology);
  if (attempts.length === 0) return [];
  const ends = [...new Set(attempts.flatMap(({ from, to }) => [from, to]))];
  const hello = new Map(ends.map((site) => [site.point, helloProbe(site)]));
  const feed = new Map(ends.map((site) => [site.point, feedProbe(topology, site)]));
  const companions = companionProbes(attempts);
  const expect = attempts.flatMap((attempt) => {
    const companion = companions.get(attempt.probe.id);
    return attempt.isAllowed
      ? allowedExpectations(attempt, hello, companion)
      : [forbiddenExpectation(topology, attempt, attempts, hello, feed, companion)];
  });
  const send: readonly Probe[] = [
    ...hello.values(),
    ...[...feed.values()].flat(),
    ...attempts.map(({ probe }) => probe),
    ...companions.values(),
  ];
  const phase = { name: "matrix", send, read: [], expect };
  const subject = "reachability";
  const points = pointsOf(topology, ends);
  return [
    { id: trialId("reachability/matrix"), subject, exclusive: false, points, phases: [phase] },
  ];
}

/** The ends, and the NICs and switch ports between them, for the path in a report. */
function pointsOf(topology: Topology, ends: readonly VnicSite[]): readonly Point[] {
  const sides = ends.flatMap(({ point, workload, vnic }) => [
    point,
    ...[farSide(topology, workload.name, vnic.name)].filter((far) => far !== undefined),
  ]);
  const ports = hostPorts(topology).flatMap(({ nicPoint, switchPoint }) => [nicPoint, switchPoint]);
  return [...new Set([...sides, ...ports])];
}

function attemptsOf(topology: Topology): readonly Attempt[] {
  const { allowed, forbidden } = topology.reachability;
  const sites = vnicSites(topology).filter(({ vnic }) => !vnic.analyzer);
  const all = [
    ...allowed.flatMap((rule) => ruleAttempts(sites, rule, true)),
    ...forbidden.flatMap((rule) => ruleAttempts(sites, rule, false)),
  ];
  // A pair that two rules of one kind name is tried once.
  return [...new Map(all.map((attempt) => [attempt.probe.id, attempt])).values()];
}

function ruleAttempts(
  sites: readonly VnicSite[],
  rule: ReachabilityRule,
  isAllowed: boolean,
): readonly Attempt[] {
  return rule.from.flatMap((sender) =>
    rule.to.flatMap((target) => {
      if (sender === target) return [];
      const senders = sites.filter(({ workload }) => workload.name === sender);
      const targets = sites.filter(({ workload }) => workload.name === target);
      return ([4, 6] as const).flatMap((version) => {
        const pair = bestPair(senders, targets, version);
        if (pair === undefined) return [];
        return servicesOf(rule, pair.to).map((service) =>
          attemptOf({ ...pair, version, service, isAllowed, position: rule.position }),
        );
      });
    }),
  );
}

type Pair = {
  readonly from: VnicSite;
  readonly to: VnicSite;
  readonly target: IpAddress;
  readonly onLink: boolean;
};

/** vNICs that share a prefix first: that is the way the sender's kernel takes. */
function bestPair(
  senders: readonly VnicSite[],
  targets: readonly VnicSite[],
  version: 4 | 6,
): Pair | undefined {
  const pairs = targets.flatMap((to) =>
    senders.flatMap((from) => {
      const addresses = addressPair(from.vnic, to.vnic, version);
      return addresses === undefined ? [] : [{ from, to, ...addresses }];
    }),
  );
  return pairs.find(({ onLink }) => onLink) ?? pairs[0];
}

type TriedService = { readonly kind: "tcp" | "udp" | "icmp"; readonly port?: number };

/** "any" is an echo and every service of the target. */
function servicesOf(rule: ReachabilityRule, to: VnicSite): readonly TriedService[] {
  if (rule.service === "icmp") return [{ kind: "icmp" }];
  if (rule.service !== "any") return [{ kind: rule.service.protocol, port: rule.service.port }];
  const services = to.workload.services.map(({ protocol, port }) => ({ kind: protocol, port }));
  return [{ kind: "icmp" }, ...services];
}

function attemptOf({
  version,
  service,
  position,
  ...pair
}: Pair & {
  readonly version: 4 | 6;
  readonly service: TriedService;
  readonly isAllowed: boolean;
  readonly position: string;
}): Attempt {
  const { kind, port } = service;
  const name =
    kind === "icmp" || port === undefined ? "icmp" : formatService({ protocol: kind, port });
  const subject = `${pair.from.point} -> ${pair.to.point} ${name}${version === 6 ? " (IPv6)" : ""}`;
  const base = { id: probeId(subject), from: pair.from.point, to: pair.target, count: 1 };
  const probe: ConnectionProbe = port === undefined ? { kind, ...base } : { kind, ...base, port };
  return { ...pair, position, subject, probe };
}

/** A broadcast of a vNIC's owner: shows that the sender can send. */
function helloProbe({ point }: VnicSite): FrameProbe {
  return broadcastProbe(`hello from ${point}`, point, [], { count: 1 });
}

/** A broadcast into a vNIC from the other side: shows that what arrives is recorded. */
function feedProbe(topology: Topology, site: VnicSite): readonly FrameProbe[] {
  const far = farSide(topology, site.workload.name, site.vnic.name);
  return far === undefined ? [] : [broadcastProbe(`into ${site.point}`, far, [], { count: 1 })];
}

/**
 * Two ends in one prefix that cannot hear each other leave no more than ARP requests or neighbour solicitations, so each
 * such attempt has one of its own, for an address of the prefix that nobody has and no other probe asks for.
 */
function companionProbes(
  attempts: readonly Attempt[],
): ReadonlyMap<ConnectionProbe["id"], ConnectionProbe> {
  const used = new Set<string>(
    attempts.flatMap(({ from, to }) =>
      [from, to].flatMap(({ vnic }) => vnic.addresses.map(({ address }) => address)),
    ),
  );
  const companions = new Map<ConnectionProbe["id"], ConnectionProbe>();
  for (const { from, onLink, probe } of attempts) {
    if (!onLink) continue;
    const to = unusedAddress(from, probe.to, used);
    used.add(to);
    const id = probeId(`neighbour of ${probe.id}`);
    companions.set(probe.id, { kind: "arp", id, from: from.point, to, count: 1 });
  }
  return companions;
}

/** From the top of the sender's prefix downwards; 198.18.0.0/15 (RFC 2544) or beyond where a small prefix is used up. */
function unusedAddress(from: VnicSite, target: IpAddress, used: ReadonlySet<string>): IpAddress {
  const version = ipVersion(target);
  const own = from.vnic.addresses.find(({ address }) => ipVersion(address) === version);
  const hostBits = BigInt((version === 4 ? 32 : 128) - (own?.prefixLength ?? 0));
  const size = 1n << hostBits;
  const network = ipToBigInt(own?.address ?? target) & ~(size - 1n);
  for (let step = 2n; step < size && step < 65_536n; step++) {
    const address = ipFromBigInt(network + size - step, version);
    if (!used.has(address)) return address;
  }
  for (let step = 1n; ; step++) {
    const address = ipFromBigInt(0xc612_0000n + step, 4);
    if (!used.has(address)) return address;
  }
}

/** The request is seen at the target's vNIC and the answer back at the sender's. */
function allowedExpectations(
  { subject, probe, from, to, position }: Attempt,
  hello: ReadonlyMap<Point, FrameProbe>,
  companion: ConnectionProbe | undefined,
): readonly Expectation[] {
  const greeting = hello.get(from.point);
  const common = {
    subject,
    probe: probe.id,
    direction: "in",
    frames: { kind: "at-least-one" },
    ...(greeting === undefined
      ? {}
      : { control: { probe: greeting.id, at: from.point, direction: "out" } as ControlRef }),
    ...(companion === undefined ? {} : { companion: companion.id }),
    remediation: `Open the way that the topology allows (line ${position}), or take it out of the intended reachability.`,
  } as const;
  return [
    { ...common, at: to.point },
    { ...common, at: from.point, role: "reply" },
  ];
}

/**
 * Nothing is seen at the target's vNIC. The control is another probe of this sender to this target where one is
 * allowed; else two halves: one that shows this sender can send, and one that shows this target's arrivals are recorded.
 */
function forbiddenExpectation(
  topology: Topology,
  { subject, probe, from, to, position }: Attempt,
  attempts: readonly Attempt[],
  hello: ReadonlyMap<Point, FrameProbe>,
  feed: ReadonlyMap<Point, readonly FrameProbe[]>,
  companion: ConnectionProbe | undefined,
): Expectation {
  const permitted = attempts.filter((other) => other.isAllowed && other.from === from);
  const isAlike = (other: Attempt): boolean => ipVersion(other.target) === ipVersion(probe.to);
  const same = permitted.find((other) => other.to === to && isAlike(other));
  const elsewhere = permitted.find(isAlike) ?? permitted[0];
  const greeting = hello.get(from.point);
  const seenAt = (at: Point, id: Probe["id"]): ControlRef => ({ probe: id, at, direction: "in" });
  const ownSide = farSide(topology, from.workload.name, from.vnic.name);
  const sends =
    elsewhere !== undefined
      ? [seenAt(elsewhere.to.point, elsewhere.probe.id)]
      : greeting !== undefined && ownSide !== undefined
        ? [seenAt(ownSide, greeting.id)]
        : [];
  const arrives = (feed.get(to.point) ?? []).map(({ id }) => seenAt(to.point, id));
  const alsoControls = same === undefined ? [...sends, ...arrives] : [];
  return {
    subject,
    probe: probe.id,
    at: to.point,
    direction: "in",
    frames: { kind: "none" },
    ...(same === undefined ? { alsoControls } : { control: seenAt(to.point, same.probe.id) }),
    ...(companion === undefined ? {} : { companion: companion.id }),
    remediation: `Close the way that the topology forbids (line ${position}).`,
  };
}
