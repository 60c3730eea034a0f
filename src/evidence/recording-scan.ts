import { decodeFrame, vlanIds } from "../packet/decode.ts";
import { createDecoded, type Decoded } from "../packet/decoded.ts";
import { EtherType } from "../packet/ether-type.ts";
import { Direction, type PacketRecord, type RecordingHandlers } from "../packet/recording.ts";
import type { Point, TrialId } from "../trial/trial.ts";
import { type Attribution, attribute, type KnownProbe, type ProbeTable } from "./attribution.ts";
import type { Sighting } from "./evidence.ts";
import { frameSummary } from "./frame-summary.ts";
import type { StreamTrace } from "./stream-statistics.ts";
import { type TcpCandidate, tcpCandidate, tcpLevel } from "./tcp-attribution.ts";

export type TrialSighting = { readonly trial: TrialId; readonly sighting: Sighting };

/** What the recordings of a run show, filled by one pass over each. */
export type Findings = {
  readonly sightings: TrialSighting[];
  readonly candidates: TcpCandidate[];
  readonly traces: Map<KnownProbe, StreamTrace[]>;
};

export function emptyFindings(): Findings {
  return { sightings: [], candidates: [], traces: new Map() };
}

const directionNames = {
  [Direction.unknown]: "unknown",
  [Direction.inbound]: "in",
  [Direction.outbound]: "out",
} as const;

/** What one recording says about its interfaces besides sightings. */
export type RecordingScan = {
  readonly handlers: RecordingHandlers;
  /** Points in the order of the interface blocks. */
  readonly points: Point[];
  /** Packets in the file, and frame numbers of sentinels that left, by point. */
  readonly packets: Map<Point, number>;
  readonly sentinels: Map<Point, number[]>;
};

/** Handlers for one pass over the recording at `path`; what they find goes to `findings`. */
export function scanRecording(path: string, table: ProbeTable, findings: Findings): RecordingScan {
  const decoded = createDecoded();
  const points: Point[] = [];
  const packets = new Map<Point, number>();
  const sentinels = new Map<Point, number[]>();
  const onPacket = (record: PacketRecord): void => {
    const point = points[record.interfaceIndex];
    if (point === undefined) return;
    packets.set(point, (packets.get(point) ?? 0) + 1);
    const { buffer, offset, capturedLength, linkType } = record;
    decodeFrame(buffer, offset, capturedLength, linkType, decoded);
    if (decoded.outer.etherType === EtherType.sentinel) {
      if (record.direction === Direction.outbound) {
        const seen = sentinels.get(point) ?? [];
        seen.push(record.frameNumber);
        sentinels.set(point, seen);
      }
      return;
    }
    keep({ path, point, record, decoded }, table, findings);
  };
  return {
    handlers: {
      onPacket,
      onInterface: ({ index, name, description }) => {
        points[index] = (name ?? description ?? `interface ${index}`) as Point;
      },
    },
    points,
    packets,
    sentinels,
  };
}

type Seen = {
  readonly path: string;
  readonly point: Point;
  readonly record: PacketRecord;
  readonly decoded: Decoded;
};

function keep(seen: Seen, table: ProbeTable, findings: Findings): void {
  const { record, decoded } = seen;
  const end = record.offset + record.capturedLength;
  const attribution = attribute(table, record.buffer, end, decoded);
  if (attribution === undefined) {
    const level = tcpLevel(table, decoded);
    if (level === undefined) return;
    findings.candidates.push(tcpCandidate(level, decoded.hasQuoted, anonymous(seen)));
    return;
  }
  if (attribution.known.sent.probe.kind === "stream" && attribution.role === "request") {
    trace(seen, attribution, findings);
    return;
  }
  const { known, sequence, role } = attribution;
  findings.sightings.push({
    trial: known.trial,
    sighting: nameSighting(anonymous(seen), known, sequence, role),
  });
}

/** A sighting with its owner's name. */
export function nameSighting(
  sighting: TcpCandidate["sighting"],
  { sent }: KnownProbe,
  sequence: number,
  role: Sighting["role"],
): Sighting {
  return { probe: sent.probe.id, sequence, role, ...sighting };
}

function trace(seen: Seen, { known, sequence }: Attribution, findings: Findings): void {
  const direction = directionNames[seen.record.direction];
  const traces = findings.traces.get(known) ?? [];
  findings.traces.set(known, traces);
  let own = traces.find(
    (item) =>
      item.point === seen.point && item.direction === direction && item.recording === seen.path,
  );
  if (own === undefined) {
    own = {
      point: seen.point,
      direction,
      recording: seen.path,
      times: [],
      sequences: [],
      frames: [],
    };
    traces.push(own);
  }
  own.times.push(timeOf(seen.record));
  own.sequences.push(sequence);
  own.frames.push(seen.record.frameNumber);
}

function timeOf(record: PacketRecord): bigint {
  return BigInt(record.seconds) * 1_000_000_000n + BigInt(record.nanoseconds);
}

function anonymous({ path, point, record, decoded }: Seen): TcpCandidate["sighting"] {
  const { inner } = decoded;
  return {
    point,
    direction: directionNames[record.direction],
    recording: path,
    frame: record.frameNumber,
    time: timeOf(record),
    vlanIds: vlanIds(decoded.outer),
    ...(inner.carrier === "vxlan" ? { vni: inner.tunnelId } : {}),
    summary: frameSummary(record.buffer, decoded),
    length: record.originalLength,
    digest: digestOf(record),
  };
}

/** FNV-1a, 32 bits. */
function digestOf({ buffer, offset, capturedLength }: PacketRecord): string {
  let hash = 0x811c9dc5;
  for (let index = offset; index < offset + capturedLength; index++) {
    hash = Math.imul(hash ^ (buffer[index] as number), 0x01000193);
  }
  return (hash >>> 0).toString(16).padStart(8, "0");
}
