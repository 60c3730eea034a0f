import type { ConnectionProbe, FrameProbe, Probe, ProbeId, Stream } from "../trial/trial.ts";
import type { IpAddress } from "../units/ip.ts";
import type { Mac } from "../units/mac.ts";

/** A NIC as the machine knows it: the name of a network namespace (as under `/run/netns`) and of an interface in it. */
export type NicPlace = { readonly namespace: string; readonly interface: string };

/** What a vNIC's owner puts into packets that are crafted for it. */
export type VnicIdentity = { readonly mac: Mac; readonly addresses: readonly IpAddress[] };

/** Where in a machine a probe is to be made. Plain data: goes as JSON to the machine that has the sender. */
export type ProbeRequest = FrameRequest | ConnectionRequest | StreamRequest;

type Common<Kind extends Probe> = NicPlace & {
  readonly probe: Kind;
  /** The number in the probe's tokens: 0 to 2^32 - 1, unique in one assessment. */
  readonly index: number;
};

export type FrameRequest = Common<FrameProbe> & {
  /** Addresses inside a frame of EtherType 0x0800, 0x0806 or 0x86dd; without them it carries the bare token. */
  readonly addresses?: { readonly source: IpAddress; readonly destination: IpAddress };
};

export type ConnectionRequest = Common<ConnectionProbe> & {
  /** The sender's address to use; absent: the kernel chooses. */
  readonly source?: IpAddress;
  /** ARP only: who asks. The sender's address is the first of the target's family. */
  readonly identity?: VnicIdentity;
  /** Milliseconds to wait for an answer to each attempt; 1000 unless given. */
  readonly deadline?: number;
};

export type StreamRequest = Common<Stream> & {
  readonly receiver: NicPlace;
  readonly source?: IpAddress;
  /** The receiver's port where it is on another machine, which has opened it; absent: the sender's machine has both. */
  readonly receiverPort?: number;
};

/** What the sender's own kernel answered. Of several attempts: the first in this order that any of them got. */
export type Answer = "connected" | "reply" | "refused" | "unreachable" | "timeout" | "none";

/** What the prober did. Plain data: times are decimal texts of nanoseconds since the epoch. */
export type ProbeResult = {
  readonly probe: ProbeId;
  readonly index: number;
  /** Frames, datagrams or attempts that really left the program. */
  readonly sent: number;
  /** Why fewer were sent than asked for: `ENETDOWN`, `ENOBUFS` or a sentence. */
  readonly error?: string;
  readonly beganAt: string;
  readonly endedAt: string;
  readonly answer?: Answer;
  /** Attempts by answer, where there was more than one attempt. */
  readonly answers?: Readonly<Partial<Record<Answer, number>>>;
  /** Of the (first) TCP or UDP attempt, or of the stream. */
  readonly sourcePort?: number;
  /** Of all attempts, in order, where there was more than one. */
  readonly sourcePorts?: readonly number[];
  /** Streams: datagrams that the receiver's socket got, and the longest time between two sends. */
  readonly receivedBySocket?: number;
  readonly senderLongestGapMs?: number;
  /** Streams: datagrams among `sent` that the sender's own kernel refused, by error: no route, no neighbour, a rule. */
  readonly refused?: Readonly<Record<string, number>>;
};

/** Answers from best to worst; see `Answer`. */
const answerOrder: readonly Answer[] = [
  "connected",
  "reply",
  "refused",
  "unreachable",
  "timeout",
  "none",
];

/** The answer that stands for several attempts, and the count of each; undefined for none at all. */
export function summariseAnswers(
  answers: readonly Answer[],
): Pick<ProbeResult, "answer" | "answers"> {
  const best = answerOrder.find((answer) => answers.includes(answer));
  if (best === undefined) return {};
  if (answers.length === 1) return { answer: best };
  const counts: Partial<Record<Answer, number>> = {};
  for (const answer of answers) counts[answer] = (counts[answer] ?? 0) + 1;
  return { answer: best, answers: counts };
}
