import { endpointToBytes } from "../machine/libc/socket-address.ts";
import { connectSocket, receive, sendTo } from "../machine/libc/sockets.ts";
import { SystemError } from "../machine/libc/system-error.ts";
import { DatagramSocket } from "../machine/sockets/datagram.ts";
import { encodeProbeToken, findToken } from "../packet/probe-token.ts";
import {
  type Attempt,
  type AttemptTools,
  deadlineOf,
  Outcome,
  portScope,
  sourceAddress,
} from "./attempt.ts";
import type { ConnectionRequest } from "./requests.ts";

const inbox = new Uint8Array(new ArrayBuffer(64 * 1024));

/** Sends one datagram with the token and waits for it to come back, or for an ICMP error. */
export async function attemptUdp(
  { loop, ports }: AttemptTools,
  request: ConnectionRequest,
  sequence: number,
): Promise<Attempt> {
  const { probe, namespace, index } = request;
  const address = sourceAddress(request);
  using socket = ports.open(
    portScope(request),
    (port) => new DatagramSocket(namespace, { address, port }),
  );
  const sourcePort = socket.local().port;
  const outcome = new Outcome(deadlineOf(request), () => "none");
  const listen = (): void => {
    const length = receive(socket.fd, inbox);
    if (length !== undefined && findToken(inbox, 0, length) >= 0) outcome.settle("reply");
  };
  try {
    // A connected socket is told of ICMP errors.
    connectSocket(socket.fd, endpointToBytes({ address: probe.to, port: probe.port ?? 0 }));
    loop.watch(socket.fd, { readable: true }, () => orUnreachable(listen, outcome));
    sendTo(socket.fd, encodeProbeToken({ index, sequence }));
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    outcome.settle("unreachable");
  }
  const answer = await outcome.promise;
  loop.unwatch(socket.fd);
  return { answer, sourcePort };
}

/** Errors of the socket come from the network: a closed port, no route, a rule that refuses. */
export function orUnreachable(work: () => void, outcome: Outcome): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    outcome.settle("unreachable");
  }
}
