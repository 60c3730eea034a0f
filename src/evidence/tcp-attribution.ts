import { type Decoded, Layer, type Level } from "../packet/decoded.ts";
import { tokenLength } from "../packet/probe-token.ts";
import type { Attribution, KnownProbe, ProbeTable } from "./attribution.ts";
import type { Sighting } from "./evidence.ts";

const flag = { syn: 0x02, ack: 0x10 } as const;

/** A TCP segment that carries no token, kept until the connections' initial sequence numbers are known. */
export type TcpCandidate = {
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly tcpSequence: number;
  readonly tcpAcknowledgment: number;
  readonly isOpening: boolean;
  /** Quoted by an ICMP error. */
  readonly isQuoted: boolean;
  /** With the segment's name. */
  readonly sighting: Omit<Sighting, "probe" | "sequence" | "role">;
};

/** The level of a frame that may be a TCP probe's segment; undefined for everything else. */
export function tcpLevel(table: ProbeTable, decoded: Decoded): Level | undefined {
  const level = decoded.hasQuoted ? decoded.quoted : decoded.inner;
  if (level.transport !== Layer.tcp) return undefined;
  const isProbed =
    table.tcpPorts.has(level.destinationPort) || table.tcpPorts.has(level.sourcePort);
  return isProbed ? level : undefined;
}

export function tcpCandidate(
  level: Level,
  isQuoted: boolean,
  sighting: TcpCandidate["sighting"],
): TcpCandidate {
  return {
    sourcePort: level.sourcePort,
    destinationPort: level.destinationPort,
    tcpSequence: level.tcpSequence,
    tcpAcknowledgment: level.tcpAcknowledgment,
    isOpening: (level.tcpFlags & (flag.syn | flag.ack)) === flag.syn,
    isQuoted,
    sighting: {
      ...sighting,
      segment: `${level.tcpSequence} ${level.tcpAcknowledgment} ${level.tcpFlags}`,
    },
  };
}

/** A connection is as long as a token each way, plus SYN and FIN. */
const connectionLength = tokenLength + 2;

type Opening = { readonly known: KnownProbe; readonly attempt: number };

/**
 * Whose segments the candidates are: by the initial sequence number that the sender's own recording shows for the source
 * port the prober reports. Numbers survive where a router rewrites addresses and ports.
 */
export function attributeTcp(
  probes: readonly KnownProbe[],
  candidates: readonly TcpCandidate[],
): readonly (Attribution & Pick<TcpCandidate, "sighting">)[] {
  const openings = openingsOf(probes, candidates);
  return candidates.flatMap((candidate) => {
    const { destinationPort, sourcePort, tcpSequence, tcpAcknowledgment } = candidate;
    const asked = openings.get(`${destinationPort} ${tcpSequence}`);
    const answered = openings.get(`${sourcePort} ${tcpAcknowledgment}`);
    const found = asked ?? answered;
    if (found === undefined) return [];
    const role = candidate.isQuoted ? "error" : asked === undefined ? "reply" : "request";
    return [
      { known: found.known, sequence: found.attempt, role, sighting: candidate.sighting } as const,
    ];
  });
}

function sendersOf(probes: readonly KnownProbe[]): ReadonlyMap<string, readonly Opening[]> {
  const senders = probes.flatMap((known) => {
    const { probe, sourcePort, sourcePorts } = known.sent;
    if (probe.kind !== "tcp") return [];
    const ports = sourcePorts ?? (sourcePort === undefined ? [] : [sourcePort]);
    return ports.map((port, attempt) => {
      const key = `${probe.from} ${port} ${probe.port}`;
      return { key, opening: { known, attempt } };
    });
  });
  const groups = Map.groupBy(senders, ({ key }) => key);
  return new Map([...groups].map(([key, group]) => [key, group.map(({ opening }) => opening)]));
}

/** By the port tried and every sequence number the connection can use. */
function openingsOf(
  probes: readonly KnownProbe[],
  candidates: readonly TcpCandidate[],
): ReadonlyMap<string, Opening> {
  const senders = sendersOf(probes);
  const openings = new Map<string, Opening>();
  for (const {
    isOpening,
    isQuoted,
    sourcePort,
    destinationPort,
    tcpSequence,
    sighting,
  } of candidates) {
    if (!isOpening || isQuoted || sighting.direction !== "out") continue;
    const mine = senders.get(`${sighting.point} ${sourcePort} ${destinationPort}`) ?? [];
    const opening = mine.find((item) => wasOpen(item, sighting.time));
    if (opening === undefined) continue;
    for (let step = 0; step <= connectionLength; step++) {
      openings.set(`${destinationPort} ${(tcpSequence + step) >>> 0}`, opening);
    }
  }
  return openings;
}

/** A source port may be used again by a later probe: what counts is the attempt under way. One second of slack. */
function wasOpen({ known }: Opening, time: bigint): boolean {
  const slack = 1_000_000_000n;
  return time >= known.sent.beganAt - slack && time <= known.sent.endedAt + slack;
}
