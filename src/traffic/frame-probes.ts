import { SystemError } from "../machine/libc/system-error.ts";
import { interfaceIndex } from "../machine/sockets/interface-lookup.ts";
import { PacketSender } from "../machine/sockets/packet-sender.ts";
import { wallClock } from "../machine/wall-clock.ts";
import { frameCount, framesOf } from "./frame-bytes.ts";
import type { FrameRequest, NicPlace, ProbeResult } from "./requests.ts";
import { pause } from "./turns.ts";

/**
 * Frames in one go, then a millisecond's pause: a receiving CPU queues 1000 (net.core.netdev_max_backlog) and drops the
 * rest without telling the sender, and a switch makes several frames of one.
 */
const burst = 128;
/** Milliseconds without a single frame leaving, after which the rest is given up. */
const stuckAfter = 1000;

/** Injects the frames of each request, one request after the other. */
export async function sendFrameProbes(
  requests: readonly FrameRequest[],
): Promise<readonly ProbeResult[]> {
  const results: ProbeResult[] = [];
  const budget = { left: burst };
  await using senders = new Senders();
  for (const request of requests) results.push(await sendFrames(request, senders, budget));
  return results;
}

/** A socket for each interface, until all requests are done: opening and closing one takes longer than a probe. */
class Senders implements AsyncDisposable {
  readonly #open = new Map<string, PacketSender>();

  /** @throws SystemError ENODEV */
  at({ namespace, interface: name }: NicPlace): PacketSender {
    const key = `${namespace} ${name}`;
    const known = this.#open.get(key);
    if (known !== undefined) return known;
    this.#open.set(key, new PacketSender(namespace, interfaceIndex(namespace, name)));
    return this.at({ namespace, interface: name });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#open.values()].map((sender) => sender[Symbol.asyncDispose]()));
  }
}

type Progress = { sent: number; error?: string };

async function sendFrames(
  request: FrameRequest,
  senders: Senders,
  budget: { left: number },
): Promise<ProbeResult> {
  const beganAt = wallClock();
  const progress: Progress = { sent: 0 };
  try {
    await sendAll(senders.at(request), request, budget, progress);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    progress.error = error.code;
  }
  return {
    probe: request.probe.id,
    index: request.index,
    ...progress,
    beganAt: String(beganAt),
    endedAt: String(wallClock()),
  };
}

async function sendAll(
  sender: PacketSender,
  request: FrameRequest,
  budget: { left: number },
  progress: Progress,
): Promise<void> {
  const frames = framesOf(request);
  const total = frameCount(request);
  let waiting: Uint8Array[] = [];
  let lastProgress = performance.now();
  while (progress.sent < total) {
    if (budget.left === 0) {
      await pause();
      budget.left = burst;
    }
    while (waiting.length < budget.left) {
      const next = frames.next();
      if (next.done === true) break;
      waiting.push(next.value);
    }
    const sent = sender.send(waiting.slice(0, budget.left));
    waiting = waiting.slice(sent);
    progress.sent += sent;
    budget.left -= sent;
    if (sent > 0) lastProgress = performance.now();
    else if (performance.now() - lastProgress > stuckAfter) {
      progress.error = "ENOBUFS";
      return;
    } else await pause();
  }
}
