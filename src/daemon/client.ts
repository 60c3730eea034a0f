import type { LineChannel } from "../machine/line-channel.ts";
import { LabError, type LabErrorCode } from "../units/lab-error.ts";
import type { MethodName, Methods, WireError } from "./protocol.ts";

type Waiting = {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly onEvent: ((event: unknown) => void) | undefined;
};

type Answer = {
  readonly id: number;
  readonly event?: unknown;
  readonly result?: unknown;
  readonly error?: WireError;
};

/** What can be asked: of one machine, or of several as if they were one. */
export type DaemonCaller = Pick<DaemonClient, "call">;

/** One connection to a machine's daemon. */
export class DaemonClient implements Disposable {
  readonly #channel: LineChannel;
  readonly #waiting = new Map<number, Waiting>();
  #next = 1;
  #closed = false;

  constructor(channel: LineChannel) {
    this.#channel = channel;
    channel.onLine((line) => this.#receive(line));
    channel.onClose(() => this.#fail());
  }

  /** @throws LabError as the daemon reports it, or `LAB_E_DAEMON_GONE` when the connection ends first. */
  call<Name extends MethodName>(
    method: Name,
    params: Methods[Name]["params"],
    onEvent?: (event: unknown) => void,
  ): Promise<Methods[Name]["result"]> {
    if (this.#closed) return Promise.reject(gone());
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve: resolve as (value: unknown) => void, reject, onEvent });
      this.#channel.send(JSON.stringify({ id, method, params }));
    });
  }

  #receive(line: string): void {
    const answer = parseAnswer(line);
    if (answer === undefined) return;
    const waiting = this.#waiting.get(answer.id);
    if (answer.event !== undefined) {
      waiting?.onEvent?.(answer.event);
      return;
    }
    this.#waiting.delete(answer.id);
    if (answer.error === undefined) {
      waiting?.resolve(answer.result);
      return;
    }
    const { code, message, fix } = answer.error;
    waiting?.reject(new LabError(code as LabErrorCode, message, { fix }));
  }

  #fail(): void {
    this.#closed = true;
    for (const { reject } of this.#waiting.values()) reject(gone());
    this.#waiting.clear();
  }

  [Symbol.dispose](): void {
    this.#closed = true;
    this.#channel.close();
  }
}

/** Text that is no answer (an earlier client's left-over half line) is nobody's. */
function parseAnswer(line: string): Answer | undefined {
  try {
    const answer: unknown = JSON.parse(line);
    return typeof answer === "object" && answer !== null && "id" in answer
      ? (answer as Answer)
      : undefined;
  } catch {
    return undefined;
  }
}

function gone(): LabError {
  return new LabError("LAB_E_DAEMON_GONE", "the machine's daemon ended before it answered", {
    fix: "run `lab down` on the lab and bring it up again; `lab logs LAB` shows what the daemon said last",
  });
}
