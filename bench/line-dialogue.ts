import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** A program that is asked by lines on standard input and answers by lines on standard output. */
export class LineDialogue implements AsyncDisposable {
  readonly #process: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #ended: Promise<number | null>;

  constructor(command: readonly [string, ...string[]]) {
    const [program, ...rest] = command;
    this.#process = spawn(program, rest, { stdio: ["pipe", "pipe", "inherit"] });
    this.#ended = new Promise((resolve, reject) => {
      this.#process.once("error", reject);
      this.#process.once("exit", resolve);
    });
    if (this.#process.stdout === null) throw new Error(`${program} has no standard output`);
    this.#lines = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
  }

  /** @throws Error when the program ends before it says anything. */
  async line(): Promise<string> {
    const { value, done } = await this.#lines.next();
    if (done === true) throw new Error(`ended with code ${await this.#ended} before it answered`);
    return value;
  }

  async ask(question: string): Promise<string> {
    this.#process.stdin?.write(`${question}\n`);
    return await this.line();
  }

  /** Says the last word and waits for the end. @throws Error unless the program ends with code 0. */
  async end(lastWord: string): Promise<void> {
    this.#process.stdin?.end(`${lastWord}\n`);
    const code = await this.#ended;
    if (code !== 0) throw new Error(`ended with code ${code} after "${lastWord}"`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      this.#process.kill("SIGKILL");
      await this.#ended;
    }
  }
}
