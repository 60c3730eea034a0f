import { endpointToBytes } from "../machine/libc/socket-address.ts";
import { bindSocket, setIntegerOption } from "../machine/libc/sockets.ts";
import { SystemError } from "../machine/libc/system-error.ts";
import { type IcmpMessage, IcmpSocket } from "../machine/sockets/icmp-echo.ts";
import type { PollLoop } from "../machine/sockets/poll-loop.ts";
import { IcmpType } from "../packet/icmp.ts";
import { Icmpv6Type } from "../packet/icmpv6.ts";
import { decodeProbeToken, encodeProbeToken, findToken } from "../packet/probe-token.ts";
import { type Attempt, deadlineOf, Outcome, sourceAddress } from "./attempt.ts";
import type { Answer, ConnectionRequest } from "./requests.ts";

const socketLevel = 1;
const receiveBufferForce = 33;
const receiveBufferBytes = 8 * 1024 * 1024;
/** Messages read before others have their turn. */
const turn = 256;
/** Of `rest`: identifier and sequence come before an echo's data. */
const echoDataOffset = 4;

const errors4: ReadonlySet<number> = new Set([
  IcmpType.unreachable,
  IcmpType.timeExceeded,
  IcmpType.parameterProblem,
]);
const firstInformational6 = 128;

type Waiting = Map<string, Outcome>;

/**
 * Echo probes. One raw socket serves all attempts of a namespace and source address, since every raw socket hears
 * everybody's answers; they are told apart by the token.
 */
export class IcmpProbes implements Disposable {
  readonly #loop: PollLoop;
  readonly #sockets = new Map<string, { readonly socket: IcmpSocket; readonly waiting: Waiting }>();

  constructor(loop: PollLoop) {
    this.#loop = loop;
  }

  /** Sends one echo request and waits for its reply, or for an ICMP error that quotes it. */
  async attempt(request: ConnectionRequest, sequence: number): Promise<Attempt> {
    const { probe, index } = request;
    const { socket, waiting } = this.#open(request);
    const key = `${index}/${sequence}`;
    const outcome = new Outcome(deadlineOf(request), () => "none");
    waiting.set(key, outcome);
    try {
      const payload = encodeProbeToken({ index, sequence });
      const echo = { identifier: index & 0xffff, sequence: sequence & 0xffff, payload };
      socket.sendEcho({ address: probe.to }, echo);
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      outcome.settle("unreachable");
    }
    const answer = await outcome.promise;
    waiting.delete(key);
    return { answer };
  }

  #open(request: ConnectionRequest): { readonly socket: IcmpSocket; readonly waiting: Waiting } {
    const address = sourceAddress(request);
    const key = `${request.namespace} ${address}`;
    const known = this.#sockets.get(key);
    if (known !== undefined) return known;
    const inet6 = address.includes(":");
    const socket = new IcmpSocket(request.namespace, inet6 ? "inet6" : "inet");
    const waiting: Waiting = new Map();
    this.#sockets.set(key, { socket, waiting });
    setIntegerOption(socket.fd, socketLevel, receiveBufferForce, receiveBufferBytes);
    bindSocket(socket.fd, endpointToBytes({ address, port: 0 }), address);
    this.#loop.watch(socket.fd, { readable: true }, () => this.#receive(socket, waiting, inet6));
    return { socket, waiting };
  }

  #receive(socket: IcmpSocket, waiting: Waiting, inet6: boolean): void {
    for (let count = 0; count < turn; count++) {
      try {
        const message = socket.receive();
        if (message === undefined) return;
        settle(waiting, message, inet6 ? answerOf6(message.type) : answerOf4(message.type));
      } catch (error) {
        if (!(error instanceof SystemError)) throw error;
        // What an earlier request met on its way; its quote comes as a message, too.
      }
    }
  }

  [Symbol.dispose](): void {
    for (const { socket } of this.#sockets.values()) {
      this.#loop.unwatch(socket.fd);
      socket[Symbol.dispose]();
    }
    this.#sockets.clear();
  }
}

function settle(waiting: Waiting, message: IcmpMessage, answer: Answer | undefined): void {
  if (answer === undefined) return;
  const { rest } = message;
  const at = answer === "reply" ? echoDataOffset : findToken(rest, 0, rest.length);
  const token = at < 0 ? undefined : decodeProbeToken(rest, at);
  if (token !== undefined) waiting.get(`${token.index}/${token.sequence}`)?.settle(answer);
}

function answerOf4(type: number): Answer | undefined {
  if (type === IcmpType.echoReply) return "reply";
  return errors4.has(type) ? "unreachable" : undefined;
}

function answerOf6(type: number): Answer | undefined {
  if (type === Icmpv6Type.echoReply) return "reply";
  return type < firstInformational6 ? "unreachable" : undefined;
}
