import { MessageBatch } from "../machine/libc/message-batch.ts";
import { endpointToBytes } from "../machine/libc/socket-address.ts";
import { connectSocket } from "../machine/libc/sockets.ts";
import { SystemError } from "../machine/libc/system-error.ts";
import { DatagramSocket } from "../machine/sockets/datagram.ts";
import { wallClock } from "../machine/wall-clock.ts";
import { writeUint32 } from "../packet/byte-order.ts";
import { encodeProbeToken, tokenLength } from "../packet/probe-token.ts";
import type { ProbeResult, StreamRequest } from "./requests.ts";
import type { SourcePorts } from "./source-ports.ts";
import { StreamReceiver } from "./stream-receiver.ts";
import { StreamSchedule } from "./stream-schedule.ts";
import { nextTurn, pause } from "./turns.ts";

const slots = 64;
const sequenceOffset = 12;
/** Milliseconds after its end in which a stream may still send what it could not, and receive what is on its way. */
const grace = 300;

type Counts = { sent: number; readonly refused: Map<string, number> };

/** Sends one stream from beginning to end, a few datagrams in each turn of the event loop. */
export async function sendStream(ports: SourcePorts, request: StreamRequest): Promise<ProbeResult> {
  const beganAt = wallClock();
  const { probe, index } = request;
  const counts: Counts = { sent: 0, refused: new Map() };
  const common = { probe: probe.id, index, beganAt: String(beganAt) };
  try {
    using receiver = request.receiverPort === undefined ? new StreamReceiver(request) : undefined;
    using sender = openSender(ports, request);
    const to = { address: probe.to.address, port: receiver?.port ?? request.receiverPort ?? 0 };
    connectSocket(sender.fd, endpointToBytes(to), to.address);
    const { packetsPerSecond, duration } = probe;
    const schedule = new StreamSchedule(packetsPerSecond, duration, process.hrtime.bigint());
    const batch = filledBatch(request);
    await runSchedule(schedule, (first, count) => {
      receiver?.drainSometimes();
      return sendSome(batch, sender.fd, first, count, counts);
    });
    await drained(() => receiver !== undefined && receiver.drain() >= counts.sent);
    return {
      ...common,
      sent: counts.sent,
      ...refusals(schedule, counts),
      endedAt: String(wallClock()),
      sourcePort: sender.local().port,
      ...(receiver === undefined ? {} : { receivedBySocket: receiver.received }),
      senderLongestGapMs: schedule.longestGapMs,
    };
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    return { ...common, sent: counts.sent, error: error.message, endedAt: String(wallClock()) };
  }
}

/** Sends what is due each millisecond; gives up on what is late by more than the grace after the end. */
async function runSchedule(
  schedule: StreamSchedule,
  send: (first: number, count: number) => number,
): Promise<void> {
  let lastProgress = process.hrtime.bigint();
  while (!schedule.finished) {
    const now = process.hrtime.bigint();
    const due = schedule.due(now);
    const done = due === 0 ? 0 : send(schedule.sent, due);
    schedule.advance(done, now);
    if (done > 0 || due === 0) lastProgress = now;
    if (now - lastProgress > BigInt(grace) * 1_000_000n && schedule.wait(now) === 0n) return;
    await (done > 0 && schedule.wait(now) === 0n ? nextTurn() : pause());
  }
}

/** Sends `count` datagrams numbered from `first`; how many are dealt with: gone, or refused by the own kernel. */
function sendSome(
  batch: MessageBatch,
  fd: number,
  first: number,
  count: number,
  counts: Counts,
): number {
  let done = 0;
  while (done < count) {
    for (let slot = 0; slot < count - done; slot++) {
      writeUint32(batch.data, batch.dataOffset(slot) + sequenceOffset, first + done + slot);
    }
    try {
      const sent = batch.send(fd, count - done);
      if (sent === 0) return done;
      counts.sent += sent;
      done += sent;
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      counts.refused.set(error.code, (counts.refused.get(error.code) ?? 0) + 1);
      counts.sent += 1;
      done += 1;
    }
  }
  return done;
}

/** What the own kernel would not send counts as sent (the application sent it), and is told. */
function refusals(
  schedule: StreamSchedule,
  counts: Counts,
): Pick<ProbeResult, "error" | "refused"> {
  const refused = counts.refused.size === 0 ? {} : { refused: Object.fromEntries(counts.refused) };
  if (schedule.finished) return refused;
  return {
    ...refused,
    error: `ENOBUFS: ${schedule.total - schedule.sent} datagrams were not sent`,
  };
}

async function drained(done: () => boolean): Promise<void> {
  const end = performance.now() + grace;
  while (!done() && performance.now() < end) await pause(2);
}

function filledBatch({ probe, index }: StreamRequest): MessageBatch {
  const size = Math.max(probe.payloadSize, tokenLength);
  const payload = new Uint8Array(size);
  payload.set(encodeProbeToken({ index, sequence: 0 }));
  const batch = new MessageBatch(slots, size);
  for (let slot = 0; slot < slots; slot++) batch.put(slot, payload);
  return batch;
}

/** The sender's own end. @throws SystemError EADDRNOTAVAIL */
function openSender(
  ports: SourcePorts,
  { probe, namespace, source }: StreamRequest,
): DatagramSocket {
  const address = source ?? (probe.to.address.includes(":") ? "::" : "0.0.0.0");
  return ports.open(`${namespace} udp`, (port) => new DatagramSocket(namespace, { address, port }));
}
