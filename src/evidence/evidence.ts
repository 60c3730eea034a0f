import type { Change } from "../change/change.ts";
import type { Point, Probe, ProbeId, TrialId } from "../trial/trial.ts";

/** All that the run directory says about one trial. */
export type Evidence = {
  readonly trial: TrialId;
  readonly probes: readonly SentProbe[];
  /** Ordered by recording, then frame number. */
  readonly sightings: readonly Sighting[];
  readonly streams: readonly StreamStatistics[];
  readonly changes: readonly ChangeRecord[];
  readonly facts: readonly Fact[];
  readonly recordings: readonly Recording[];
};

/** What the prober says it did. */
export type SentProbe = {
  readonly probe: Probe;
  readonly phase: string;
  /** Number in the tokens of its frames. */
  readonly index: number;
  /** Frames or attempts made; 0 with an `error` when nothing could be sent. */
  readonly sent: number;
  readonly error?: string;
  /** The place to send from does not exist (any more): no namespace or no interface of that name. */
  readonly absent?: boolean;
  /** Nanoseconds since the epoch on the machine's clock. */
  readonly beganAt: bigint;
  readonly endedAt: bigint;
  /** What the sender's own kernel answered: `connected`, `refused`, `timeout`, `reply`, `unreachable`, `none`. */
  readonly answer?: string;
  /** Source port of a TCP or UDP attempt. */
  readonly sourcePort?: number;
  /** Of all attempts in order, where there was more than one. */
  readonly sourcePorts?: readonly number[];
};

/** One recorded packet of one probe at one point. */
export type Sighting = {
  readonly probe: ProbeId;
  /** Sequence in its token: the VLAN id of a sweep, the number of a stream's datagram. */
  readonly sequence: number;
  /** Tells the segments of one TCP attempt apart, wherever they are seen; absent: the sequence says it all. */
  readonly segment?: string;
  readonly point: Point;
  readonly direction: "in" | "out" | "unknown";
  readonly recording: string;
  /** From 1, as Wireshark counts within the recording. */
  readonly frame: number;
  /** Nanoseconds since the epoch. */
  readonly time: bigint;
  /** Outermost first, of the outer frame. */
  readonly vlanIds: readonly number[];
  readonly vni?: number;
  /** The probe's own packet, an answer to it, or an ICMP error that quotes it. */
  readonly role: "request" | "reply" | "error";
  /** One line for people: `02:..:01 > 02:..:02 802.1Q 10 IPv4 10.0.0.1 > 10.0.0.2 TCP 40000 > 443 SYN`. */
  readonly summary: string;
  /** Bytes on the wire. */
  readonly length: number;
  /** FNV-1a (32 bit, hexadecimal) over the recorded bytes: equal bytes give equal values. */
  readonly digest: string;
};

/** Of one stream at its receiver, from the receiver's recording. */
export type StreamStatistics = {
  readonly probe: ProbeId;
  readonly sent: number;
  readonly received: number;
  readonly lost: number;
  readonly duplicated: number;
  readonly reordered: number;
  /** Longest time between two datagrams at the receiver, and at the sender (what the sender itself did not send). */
  readonly longestGapMs: number;
  readonly senderLongestGapMs: number;
  /** Frames before and after the longest gap in the receiver's recording. */
  readonly gapFrames: readonly number[];
  /** Datagrams per point they were seen at: which member carried what. */
  readonly carriedBy: Readonly<Record<string, number>>;
  readonly recording: string;
  /** From the last datagram the receiver got to the last the sender sent: large when a stream never resumed. */
  readonly tailGapMs: number;
  /** Every point and direction the stream was seen at, in order of the first sighting. */
  readonly seenAt: readonly StreamSegment[];
};

/** What one recorded interface saw of a stream. */
export type StreamSegment = {
  readonly point: Point;
  readonly direction: "in" | "out" | "unknown";
  readonly recording: string;
  readonly count: number;
  readonly firstAt: bigint;
  readonly lastAt: bigint;
  readonly firstFrame: number;
  readonly lastFrame: number;
};

export type ChangeRecord = {
  readonly change: Change;
  readonly phase: string;
  readonly beganAt: bigint;
  readonly endedAt: bigint;
};

export type Fact = {
  readonly path: string;
  readonly phase: string;
  readonly moment: "before" | "during" | "after";
  readonly value: unknown;
  readonly sha256: string;
};

export type Recording = {
  /** Path relative to the run directory: `points/hv1.pcapng`. */
  readonly path: string;
  readonly sha256: string;
  readonly points: readonly RecordedPoint[];
  /** Why the file could not be read to its end. */
  readonly fault?: string;
};

export type RecordedPoint = {
  readonly point: Point;
  readonly received: number;
  /** Lost between kernel and file. */
  readonly dropped: number;
  /** Frame number of the sentinel that ended this interface's recording; absent: the end of the recording is missing. */
  readonly sentinel?: number;
  /** The interface did not exist when the recording began. */
  readonly absent?: boolean;
};
