import type { PollLoop } from "../machine/sockets/poll-loop.ts";
import type { Answer, ConnectionRequest } from "./requests.ts";
import type { SourcePorts } from "./source-ports.ts";

/** What became of one attempt of a connection probe. */
export type Attempt = { readonly answer: Answer; readonly sourcePort?: number };

/** What attempts need of the prober that makes them. */
export type AttemptTools = { readonly loop: PollLoop; readonly ports: SourcePorts };

/** One attempt: `sequence` counts a probe's attempts from 0. @throws SystemError when it could not even be made */
export type MakeAttempt = (request: ConnectionRequest, sequence: number) => Promise<Attempt>;

const defaultDeadline = 1000;

export function deadlineOf(request: ConnectionRequest): number {
  return request.deadline ?? defaultDeadline;
}

/** The wildcard address of the target's family, or the sender's address. */
export function sourceAddress(request: ConnectionRequest): string {
  return request.source ?? (request.probe.to.includes(":") ? "::" : "0.0.0.0");
}

/** `namespace protocol`: attempts of one scope do not share source ports. */
export function portScope(request: ConnectionRequest): string {
  return `${request.namespace} ${request.probe.kind}`;
}

/** A promise with a deadline after which it has the answer given here. */
export class Outcome {
  readonly promise: Promise<Answer>;
  readonly #resolve: (answer: Answer) => void;
  readonly #timer: NodeJS.Timeout;

  constructor(deadline: number, atDeadline: () => Answer) {
    const { promise, resolve } = Promise.withResolvers<Answer>();
    this.promise = promise;
    this.#resolve = resolve;
    this.#timer = setTimeout(() => resolve(atDeadline()), deadline);
  }

  settle(answer: Answer): void {
    clearTimeout(this.#timer);
    this.#resolve(answer);
  }
}
