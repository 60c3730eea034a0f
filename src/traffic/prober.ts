import { SystemError } from "../machine/libc/system-error.ts";
import { PollLoop } from "../machine/sockets/poll-loop.ts";
import { wallClock } from "../machine/wall-clock.ts";
import type { Attempt, MakeAttempt } from "./attempt.ts";
import { sendFrameProbes } from "./frame-probes.ts";
import { IcmpProbes } from "./icmp-attempts.ts";
import { NeighbourProbes } from "./neighbour-attempts.ts";
import {
  type ConnectionRequest,
  type FrameRequest,
  type ProbeRequest,
  type ProbeResult,
  type StreamRequest,
  summariseAnswers,
} from "./requests.ts";
import { SourcePorts } from "./source-ports.ts";
import { sendStream } from "./streams.ts";
import { attemptTcp } from "./tcp-attempts.ts";
import { runTasks } from "./turns.ts";
import { attemptUdp } from "./udp-attempts.ts";

/** Sockets open at once for connection probes. */
const attemptsAtOnce = 2000;

/** Makes the probes of all workloads of a machine from one process. */
export class Prober implements Disposable {
  readonly #loop: PollLoop = new PollLoop();
  readonly #ports: SourcePorts = new SourcePorts();

  /**
   * Makes all probes at once: frames one request after the other, connections and streams side by side. Settles when
   * the last has its answer; results in the order of the requests. What cannot be sent is told in its result.
   */
  async send(requests: readonly ProbeRequest[]): Promise<readonly ProbeResult[]> {
    const frames = requests.filter(isFrame);
    const connections = requests.filter(isConnection);
    const streams = requests.filter(isStream);
    const results = await Promise.all([
      sendFrameProbes(frames),
      this.#connect(connections),
      Promise.all(streams.map((request) => sendStream(this.#ports, request))),
    ]);
    const found = new Map<ProbeRequest, ProbeResult>();
    for (const [kind, list] of [frames, connections, streams].entries()) {
      for (const [position, request] of list.entries()) {
        const result = results[kind]?.[position];
        if (result !== undefined) found.set(request, result);
      }
    }
    return requests.flatMap((request) => found.get(request) ?? []);
  }

  async #connect(requests: readonly ConnectionRequest[]): Promise<readonly ProbeResult[]> {
    using icmp = new IcmpProbes(this.#loop);
    await using neighbours = new NeighbourProbes(this.#loop);
    const tools = { loop: this.#loop, ports: this.#ports };
    const makers: Readonly<Record<ConnectionRequest["probe"]["kind"], MakeAttempt>> = {
      tcp: (request, sequence) => attemptTcp(tools, request, sequence),
      udp: (request, sequence) => attemptUdp(tools, request, sequence),
      icmp: (request, sequence) => icmp.attempt(request, sequence),
      arp: (request, sequence) => neighbours.attempt(request, sequence),
    };
    const tasks = requests.flatMap((request) =>
      Array.from(
        { length: request.probe.count },
        (_, sequence) => () => timed(makers[request.probe.kind], request, sequence),
      ),
    );
    const attempts = await runTasks(tasks, attemptsAtOnce);
    let position = 0;
    return requests.map((request) => {
      const own = attempts.slice(position, position + request.probe.count);
      position += request.probe.count;
      return resultOf(request, own);
    });
  }

  [Symbol.dispose](): void {
    this.#loop[Symbol.dispose]();
  }
}

type TimedAttempt = Partial<Attempt> & {
  readonly error?: string;
  readonly beganAt: bigint;
  readonly endedAt: bigint;
};

async function timed(
  make: MakeAttempt,
  request: ConnectionRequest,
  sequence: number,
): Promise<TimedAttempt> {
  const beganAt = wallClock();
  try {
    const attempt = await make(request, sequence);
    return { ...attempt, beganAt, endedAt: wallClock() };
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    return { error: error.message, beganAt, endedAt: wallClock() };
  }
}

function resultOf(request: ConnectionRequest, attempts: readonly TimedAttempt[]): ProbeResult {
  const made = attempts.filter(({ error }) => error === undefined);
  const error = attempts.find((attempt) => attempt.error !== undefined)?.error;
  const sourcePorts = made.flatMap(({ sourcePort }) => sourcePort ?? []);
  const [firstPort] = sourcePorts;
  const times = attempts.flatMap(({ beganAt, endedAt }) => [beganAt, endedAt]).sort(ascending);
  return {
    probe: request.probe.id,
    index: request.index,
    sent: made.length,
    ...(error === undefined ? {} : { error }),
    beganAt: String(times.at(0) ?? wallClock()),
    endedAt: String(times.at(-1) ?? wallClock()),
    ...summariseAnswers(made.flatMap(({ answer }) => answer ?? [])),
    ...(firstPort === undefined ? {} : { sourcePort: firstPort }),
    ...(sourcePorts.length > 1 ? { sourcePorts } : {}),
  };
}

function ascending(left: bigint, right: bigint): number {
  return left < right ? -1 : Number(left > right);
}

function isFrame(request: ProbeRequest): request is FrameRequest {
  return request.probe.kind === "frame";
}

function isStream(request: ProbeRequest): request is StreamRequest {
  return request.probe.kind === "stream";
}

function isConnection(request: ProbeRequest): request is ConnectionRequest {
  return !(isFrame(request) || isStream(request));
}
