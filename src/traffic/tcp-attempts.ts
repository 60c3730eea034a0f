import { SystemError } from "../machine/libc/system-error.ts";
import { startConnection } from "../machine/sockets/stream-client.ts";
import { encodeProbeToken, tokenLength } from "../packet/probe-token.ts";
import {
  type Attempt,
  type AttemptTools,
  deadlineOf,
  Outcome,
  portScope,
  sourceAddress,
} from "./attempt.ts";
import type { Answer, ConnectionRequest } from "./requests.ts";

/**
 * A real client: connects, sends the token, waits for it to come back, and finishes. An answer to the
 * connection is what counts; a service that says nothing leaves it `connected`.
 */
export async function attemptTcp(
  { loop, ports }: AttemptTools,
  request: ConnectionRequest,
  sequence: number,
): Promise<Attempt> {
  const { probe, namespace } = request;
  const to = { address: probe.to, port: probe.port ?? 0 };
  using socket = ports.open(portScope(request), (port) =>
    startConnection(namespace, to, { from: { address: sourceAddress(request), port } }),
  );
  const sourcePort = socket.local().port;
  const token = encodeProbeToken({ index: request.index, sequence });
  let answer: Answer = "timeout";
  const outcome = new Outcome(deadlineOf(request), () => answer);
  let waiting = tokenLength;
  const exchange = (): void => {
    const bytes = socket.receive();
    if (bytes === undefined) return;
    waiting -= bytes.length;
    if (waiting > 0 && bytes.length > 0) return;
    socket.finish();
    outcome.settle("connected");
  };
  const begin = (): void => {
    answer = answerTo(socket.takeOutcome());
    if (answer !== "connected") {
      outcome.settle(answer);
      return;
    }
    socket.send(token);
    loop.watch(socket.fd, { readable: true }, () => orAnswer(exchange, outcome, answer));
  };
  loop.watch(socket.fd, { writable: true }, () => orAnswer(begin, outcome, answer));
  try {
    answer = await outcome.promise;
  } finally {
    loop.unwatch(socket.fd);
  }
  return { answer, sourcePort };
}

/** What is reset after it was connected, was connected. */
function orAnswer(work: () => void, outcome: Outcome, answer: Answer): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    outcome.settle(answer === "timeout" ? answerTo(error.code) : answer);
  }
}

function answerTo(outcome: string): Answer {
  switch (outcome) {
    case "connected":
      return "connected";
    case "ECONNREFUSED":
      return "refused";
    case "ETIMEDOUT":
      return "timeout";
    default:
      return "unreachable";
  }
}
