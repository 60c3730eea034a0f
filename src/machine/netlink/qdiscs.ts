import { decode } from "./decode.ts";
import { type NetlinkRequest, netlinkRequest, requestFlags } from "./request.ts";
import type { NetlinkSocket } from "./socket.ts";
import { type NetemData, type TrafficMessage, trafficShape } from "./traffic-message.ts";

const messageType = { create: 36, remove: 37, get: 38 } as const;
const root = 0xffff_ffff;
const clsactParent = 0xffff_fff1;
const clsactHandle = 0xffff_0000;
const certain = 0xffff_ffff;

/** What a wire does to frames that leave through an interface. */
export type Impairment = {
  readonly delayMs?: number;
  readonly jitterMs?: number;
  /** Probabilities, 0 to 1. */
  readonly loss?: number;
  readonly duplicate?: number;
  readonly corrupt?: number;
  readonly reorder?: number;
  /** Bits per second. */
  readonly rate?: number;
  /** Frames that may wait; 1000 unless given. */
  readonly limit?: number;
};

/** Makes the place that ingress and egress filters hang on (`clsact`). */
export function addClsact(index: number): NetlinkRequest {
  return netlinkRequest(
    messageType.create,
    requestFlags.create | requestFlags.exclusive,
    trafficShape,
    { index, parent: clsactParent, handle: clsactHandle, kind: "clsact" },
    `add clsact at interface ${index}`,
  );
}

/** Takes `clsact` away, with all filters on it. */
export function deleteClsact(index: number): NetlinkRequest {
  return netlinkRequest(
    messageType.remove,
    0,
    trafficShape,
    { index, parent: clsactParent, handle: clsactHandle, kind: "clsact" },
    `delete clsact at interface ${index}`,
  );
}

/** Impairs what leaves through an interface (`netem`), in place of what was set before. */
export function impair(index: number, impairment: Impairment): NetlinkRequest {
  return netlinkRequest(
    messageType.create,
    requestFlags.create | requestFlags.replace,
    trafficShape,
    { index, parent: root, handle: 0x1_0000, kind: "netem", netem: netem(impairment) },
    `impair interface ${index}`,
  );
}

function netem(impairment: Impairment): NetemData {
  const { delayMs, jitterMs, corrupt, reorder, rate } = impairment;
  const bytesPerSecond = rate === undefined ? undefined : Math.round(rate / 8);
  return {
    limit: impairment.limit ?? 1000,
    loss: probability(impairment.loss ?? 0),
    duplicate: probability(impairment.duplicate ?? 0),
    ...(delayMs === undefined ? {} : { latency64: nanoseconds(delayMs) }),
    ...(jitterMs === undefined ? {} : { jitter64: nanoseconds(jitterMs) }),
    ...(corrupt === undefined
      ? {}
      : { corrupt: { probability: probability(corrupt), correlation: 0 } }),
    ...(reorder === undefined
      ? {}
      : { gap: 1, reorder: { probability: probability(reorder), correlation: 0 } }),
    ...(bytesPerSecond === undefined ? {} : rateOf(bytesPerSecond)),
  };
}

function rateOf(bytesPerSecond: number): Pick<NetemData, "rate" | "rate64"> {
  return bytesPerSecond >= certain
    ? { rate: { rate: certain }, rate64: bytesPerSecond }
    : { rate: { rate: bytesPerSecond } };
}

/** @throws RangeError outside 0 to 1. */
function probability(value: number): number {
  if (!(value >= 0 && value <= 1)) {
    throw new RangeError(`probability ${value}: use a number from 0 to 1`);
  }
  return Math.round(value * certain);
}

function nanoseconds(milliseconds: number): number {
  return Math.round(milliseconds * 1e6);
}

/** Takes the impairment away; the kernel puts its default in place. */
export function repair(index: number): NetlinkRequest {
  return netlinkRequest(
    messageType.remove,
    0,
    trafficShape,
    { index, parent: root },
    `repair interface ${index}`,
  );
}

/** A queueing discipline as the kernel has it. */
export type Qdisc = {
  readonly index: number;
  readonly kind: string;
  readonly root: boolean;
  readonly impairment?: Impairment;
  /** Frames it dropped since it was made. */
  readonly dropped: number;
  readonly packets: number;
};

/** All queueing disciplines of the socket's namespace but the invisible default `noqueue`. */
export function readQdiscs(socket: NetlinkSocket): readonly Qdisc[] {
  const request = netlinkRequest(messageType.get, 0, trafficShape, {}, "list qdiscs");
  return socket
    .dump(request)
    .map((payload) => asQdisc(decode(trafficShape, payload)))
    .filter(({ kind }) => kind !== "noqueue");
}

function asQdisc(entry: TrafficMessage): Qdisc {
  const { index = 0, kind = "", parent, statistics, netem: data } = entry;
  return {
    index,
    kind,
    root: parent === root,
    ...(data === undefined ? {} : { impairment: asImpairment(data) }),
    dropped: statistics?.queue?.drops ?? 0,
    packets: statistics?.basic?.packets ?? 0,
  };
}

function asImpairment(data: NetemData): Impairment {
  const { latency64, jitter64, corrupt, reorder, rate, rate64 } = data;
  const bytesPerSecond = rate64 ?? rate?.rate ?? 0;
  return {
    limit: data.limit ?? 0,
    loss: fraction(data.loss),
    duplicate: fraction(data.duplicate),
    delayMs: (latency64 ?? 0) / 1e6,
    jitterMs: (jitter64 ?? 0) / 1e6,
    corrupt: fraction(corrupt?.probability),
    reorder: fraction(reorder?.probability),
    ...(bytesPerSecond === 0 ? {} : { rate: bytesPerSecond * 8 }),
  };
}

/** Six digits: what a person writes comes back as it was written. */
function fraction(parts = 0): number {
  return Math.round((parts / certain) * 1e6) / 1e6;
}
