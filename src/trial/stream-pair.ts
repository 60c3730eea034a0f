import type { Bond, Topology } from "../topology/topology.ts";
import { type IpAddress, ipVersion } from "../units/ip.ts";
import { hostPorts } from "./host-port.ts";
import { cabledTo, point } from "./point.ts";
import type { Point } from "./trial.ts";
import { addressPair, type VnicSite, vnicSites } from "./vnic-site.ts";

export type StreamEnd = { readonly point: Point; readonly address: IpAddress };

/** Two ends whose traffic crosses at least one team, and the teams it crosses. */
export type StreamPair = {
  readonly a: StreamEnd;
  readonly b: StreamEnd;
  readonly bonds: readonly Bond[];
  /** `hv1:bond0 <-> hv2:bond0`. */
  readonly subject: string;
};

type Peer = {
  readonly point: Point;
  readonly segment: string;
  readonly team?: { readonly name: string; readonly bond: Bond };
  readonly isGuarded: boolean;
  addresses(of: VnicSite): { readonly source: IpAddress; readonly target: IpAddress } | undefined;
};

function teamOf(site: VnicSite): Peer["team"] {
  const bond = site.host?.bonds.find(({ name }) => name === site.virtualSwitch?.uplink);
  return bond === undefined || site.host === undefined
    ? undefined
    : { name: `${site.host.name}:${bond.name}`, bond };
}

function isGuarded({ workload, vnic }: VnicSite): boolean {
  return workload.firewall !== undefined || vnic.firewall !== undefined || workload.forwards;
}

function pairOfAddresses(from: VnicSite, to: VnicSite): ReturnType<Peer["addresses"]> {
  return addressPair(from.vnic, to.vnic, 4) ?? addressPair(from.vnic, to.vnic, 6);
}

/** Whether this end still has a way when any one of the physical switches with team members fails. */
function survives(topology: Topology, site: VnicSite): boolean {
  const failing = new Set(hostPorts(topology).flatMap((p) => (p.bond ? [p.switchName] : [])));
  const team = teamOf(site);
  if (team !== undefined) return team.bond.members.length > 1;
  const near = site.host?.name ?? site.workload.name;
  const port = site.host === undefined ? site.vnic.name : (site.virtualSwitch?.uplink ?? "");
  const far = cabledTo(topology, near, port);
  return far !== undefined && !failing.has(far.node);
}

function workloadPeers(topology: Topology): readonly Peer[] {
  return vnicSites(topology)
    .filter((site) => !site.vnic.analyzer && survives(topology, site))
    .map((site) => {
      const team = teamOf(site);
      return {
        point: site.point,
        segment: site.segment,
        ...(team === undefined ? {} : { team }),
        isGuarded: isGuarded(site),
        addresses: (of) => pairOfAddresses(of, site),
      };
    });
}

/** Routers whose own way does not hang on one switch, as peers of those who find no workload. */
function routerPeers(topology: Topology): readonly Peer[] {
  return topology.routers.flatMap((router) =>
    router.interfaces.flatMap(({ parent, vlan, addresses }) => {
      const bond = router.bonds.find(({ name }) => name === parent);
      if (bond === undefined || bond.members.length < 2) return [];
      return [
        {
          point: point(router.name, parent),
          segment: vlan === undefined ? `cable ${router.name}:${parent}` : `vlan ${vlan}`,
          team: { name: `${router.name}:${bond.name}`, bond },
          isGuarded: router.firewall !== undefined,
          addresses: (of: VnicSite) => {
            for (const { address: target } of addresses) {
              const own = of.vnic.addresses.find(
                ({ address }) => ipVersion(address) === ipVersion(target),
              );
              if (own !== undefined) return { source: own.address, target };
            }
            return undefined;
          },
        },
      ];
    }),
  );
}

/** Lower is better: in the same segment nothing routes or filters. */
function cost(site: VnicSite, peer: Peer, isRouter: boolean): number {
  return (
    (peer.segment === site.segment ? 0 : 4) +
    (peer.isGuarded || isGuarded(site) ? 2 : 0) +
    (isRouter ? 1 : 0)
  );
}

/** The best pair for each team; a pair that crosses two teams serves both. */
export function streamPairs(topology: Topology): readonly StreamPair[] {
  const sites = vnicSites(topology).filter(({ vnic }) => !vnic.analyzer);
  const workloads = workloadPeers(topology);
  const routers = routerPeers(topology);
  const pairs: StreamPair[] = [];
  const served = new Set<string>();
  const names = [...new Set(sites.flatMap((site) => teamOf(site)?.name ?? []))];
  for (const name of names) {
    if (served.has(name)) continue;
    const own = sites.filter((site) => teamOf(site)?.name === name);
    const options = own.flatMap((site) => [
      ...workloads.map((peer) => ({ site, peer, cost: cost(site, peer, false) })),
      ...routers.map((peer) => ({ site, peer, cost: cost(site, peer, true) })),
    ]);
    const possible = options
      .filter(({ site, peer }) => peer.team?.name !== name && isElsewhere(site, peer))
      .sort((left, right) => left.cost - right.cost);
    const best = possible.flatMap(({ site, peer }) => pairOf(name, site, peer))[0];
    if (best === undefined) continue;
    pairs.push(best.pair);
    served.add(name);
    if (best.peerTeam !== undefined) served.add(best.peerTeam);
  }
  return pairs;
}

function isElsewhere(site: VnicSite, peer: Peer): boolean {
  return site.host === undefined || !isOnHost(site, peer);
}

/** A peer on the same host but another switch does not cross the team. */
function isOnHost(site: VnicSite, peer: Peer): boolean {
  return peer.team?.name.split(":")[0] === site.host?.name;
}

function pairOf(
  name: string,
  site: VnicSite,
  peer: Peer,
): readonly { readonly pair: StreamPair; readonly peerTeam?: string }[] {
  const addresses = peer.addresses(site);
  const team = teamOf(site);
  if (addresses === undefined || team === undefined) return [];
  const other = peer.team;
  const pair: StreamPair = {
    a: { point: site.point, address: addresses.source },
    b: { point: peer.point, address: addresses.target },
    bonds: other === undefined ? [team.bond] : [team.bond, other.bond],
    subject: `${name} <-> ${other?.name ?? peer.point}`,
  };
  return [other === undefined ? { pair } : { pair, peerTeam: other.name }];
}

/** Teams with workloads behind them that no pair serves, for which no failover can be shown. */
export function unservedTeams(topology: Topology): readonly string[] {
  const pairs = streamPairs(topology);
  const names = new Set(vnicSites(topology).flatMap((site) => teamOf(site)?.name ?? []));
  return [...names].filter(
    (name) => !pairs.some(({ subject }) => subject.split(" <-> ").includes(name)),
  );
}
