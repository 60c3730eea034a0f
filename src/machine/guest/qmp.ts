import { connect, type Socket } from "node:net";
import { LabError } from "../../units/lab-error.ts";

type Answer = { readonly return?: unknown; readonly error?: { readonly desc: string } };
type Waiting = {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
};

/** QEMU's machine protocol: one JSON object a line, answers in the order of the commands (docs/interop/qmp-spec). */
export class Qmp implements AsyncDisposable {
  readonly #socket: Socket;
  readonly #waiting: Waiting[] = [];
  #rest = "";

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding("utf8");
    socket.on("data", (text: string) => this.#receive(text));
    socket.on("close", () => this.#fail());
    socket.on("error", () => undefined);
  }

  /** The socket must be listening; ends its negotiation before it returns. */
  static async open(path: string): Promise<Qmp> {
    return await new Qmp(await connected(path)).#negotiated();
  }

  async #negotiated(): Promise<this> {
    await this.execute("qmp_capabilities");
    return this;
  }

  /** @throws LabError LAB_E_GUEST_QMP with QEMU's own words, or when QEMU has gone. */
  async execute(command: string, values?: Readonly<Record<string, unknown>>): Promise<unknown> {
    const request =
      values === undefined ? { execute: command } : { execute: command, arguments: values };
    return await new Promise((resolve, reject) => {
      const refuse = (error: Error) => reject(refused(command, error.message));
      if (!this.#socket.writable) return refuse(new Error("QEMU has gone"));
      this.#waiting.push({ resolve, reject: refuse });
      this.#socket.write(`${JSON.stringify(request)}\n`);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.destroy();
  }

  #receive(text: string): void {
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) this.#settle(JSON.parse(line) as Answer);
  }

  /** The greeting and events are neither answer nor error: nobody waits for them. */
  #settle(answer: Answer): void {
    if (answer.error !== undefined) this.#waiting.shift()?.reject(new Error(answer.error.desc));
    else if ("return" in answer) this.#waiting.shift()?.resolve(answer.return);
  }

  #fail(): void {
    for (const { reject } of this.#waiting.splice(0)) reject(new Error("QEMU has gone"));
  }
}

function refused(command: string, reason: string): LabError {
  return new LabError("LAB_E_GUEST_QMP", `QEMU did not do "${command}": ${reason}`, {
    fix: "read the guest's console log; `lab down` removes what is left of the guest",
  });
}

/** @throws the socket's error when nobody listens. */
export async function connected(path: string): Promise<Socket> {
  return await new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.off("error", reject);
      resolve(socket);
    });
  });
}
