import type { Bond, Host, Topology } from "../topology/topology.ts";
import { type Milliseconds, milliseconds } from "../units/milliseconds.ts";
import { broadcastProbe, dot1q } from "./frame-probe.ts";
import { type HostPort, hostPorts } from "./host-port.ts";
import { point, probeId, trialId } from "./point.ts";
import { type StreamPair, streamPairs } from "./stream-pair.ts";
import type { Phase, Point, ProbeId, Stream, Trial } from "./trial.ts";
import { vlanProfile } from "./vlan-profile.ts";

/** A NIC team of a host, with the physical switch ports its members lead to. */
export type Team = {
  readonly host: Host;
  readonly bond: Bond;
  readonly members: readonly HostPort[];
};

export function teams(topology: Topology): readonly Team[] {
  const ports = hostPorts(topology);
  return topology.hosts.flatMap((host) =>
    host.bonds.map((bond) => ({
      host,
      bond,
      members: ports.filter((place) => place.host === host && place.bond === bond),
    })),
  );
}

export function memberProbeId(member: Point): ProbeId {
  return probeId(`where ${member} leads`);
}

/** One broadcast out of each member: the physical switch that sees it first is the one it is cabled to. */
export function cablingTrial(topology: Topology): readonly Trial[] {
  const members = teams(topology).flatMap((team) => team.members);
  if (members.length === 0) return [];
  const switchPorts = topology.switches.flatMap(({ name, ports }) =>
    ports.map((port) => point(name, port.name)),
  );
  const send = members.map((place) => {
    const [vlan] = vlanProfile(topology, place).tagged;
    const tags = vlan === undefined ? [] : dot1q(vlan);
    return { ...broadcastProbe("", place.nicPoint, tags), id: memberProbeId(place.nicPoint) };
  });
  return [
    {
      id: trialId("vm-mp-r3/cabling"),
      subject: "members of teams",
      exclusive: false,
      points: [...new Set([...members.map(({ nicPoint }) => nicPoint), ...switchPorts])],
      phases: [{ name: "cabling", send, read: [], expect: [] }],
    },
  ];
}

/** What is done to a physical switch in a phase; absent: the baseline, where nothing is done. */
export type Failure = { readonly switchName: string; readonly how: "down" | "silent" };

/**
 * Every physical switch with team members fails loudly and silently. The order makes each failure of a pair of switches
 * meet the member that carries the traffic, since the failure before drove it there; and it ends as it began.
 */
export function failures(topology: Topology): readonly Failure[] {
  const names = [
    ...new Set(
      teams(topology).flatMap(({ members }) => members.map(({ switchName }) => switchName)),
    ),
  ];
  const events: Failure[] = [];
  for (let index = 0; index < names.length; index += 2) {
    const [first = "", second] = names.slice(index, index + 2);
    events.push({ switchName: first, how: "down" });
    if (second !== undefined) events.push({ switchName: second, how: "silent" });
    events.push({ switchName: first, how: "silent" });
    if (second !== undefined) events.push({ switchName: second, how: "down" });
  }
  return events;
}

export function phaseName(failure: Failure | undefined): string {
  return failure === undefined ? "baseline" : `${failure.switchName} ${failure.how}`;
}

/** The longest interruption that a pair's teams may have. */
export function failoverLimit(topology: Topology, pair: StreamPair): Milliseconds {
  const isLacp = pair.bonds.some(({ mode }) => mode === "802.3ad");
  return isLacp ? topology.failoverWithinLacp : topology.failoverWithin;
}

const eventAfter = milliseconds(700);
/** Stream after the limit, in which a stream that resumed in time shows it. */
const margin = 500;
const baselineLength = milliseconds(1000);

export function streamId(failure: Failure | undefined, from: Point, to: Point): ProbeId {
  return probeId(`${phaseName(failure)}: ${from} > ${to}`);
}

/** Streams both ways while each physical switch in turn fails, loudly (carrier lost) and silently (carrier up). */
export function failoverTrial(topology: Topology): readonly Trial[] {
  const pairs = streamPairs(topology);
  if (pairs.length === 0) return [];
  const members = teams(topology).flatMap((team) => team.members.map(({ nicPoint }) => nicPoint));
  const ends = pairs.flatMap(({ a, b }) => [a.point, b.point]);
  const limit = Math.max(...pairs.map((pair) => failoverLimit(topology, pair)));
  const length = milliseconds(eventAfter + limit + margin);
  const baseline = phase(undefined, pairs, baselineLength, topology);
  const events = failures(topology).map(
    (failure): Phase => ({
      ...phase(failure, pairs, length, topology),
      change: { kind: `switch-${failure.how}`, switch: failure.switchName },
      changeAfter: eventAfter,
    }),
  );
  return [
    {
      id: trialId("vm-mp-r3/failover"),
      subject: "teams",
      exclusive: true,
      points: [...new Set([...ends, ...members])],
      phases: [baseline, ...events],
    },
  ];
}

function phase(
  failure: Failure | undefined,
  pairs: readonly StreamPair[],
  duration: Milliseconds,
  topology: Topology,
): Phase {
  const stream = (from: StreamPair["a"], to: StreamPair["a"]): Stream => ({
    kind: "stream",
    id: streamId(failure, from.point, to.point),
    from: from.point,
    to: { point: to.point, address: to.address },
    packetsPerSecond: 1000,
    duration,
    payloadSize: 64,
  });
  return {
    name: phaseName(failure),
    send: pairs.flatMap(({ a, b }) => [stream(a, b), stream(b, a)]),
    read: teams(topology).map(({ host, bond }) => ({
      kind: "bond",
      node: host.name,
      bond: bond.name,
    })),
    expect: [],
  };
}
