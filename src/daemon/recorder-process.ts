import type { PointToRecord, RecorderResult } from "../capture/recorder.ts";
import type { RecorderAnswer, RecorderCommand } from "../capture/recorder-main.ts";
import { type LineProcess, startLineProcess } from "../machine/line-process.ts";

/**
 * The recorder, in a process of its own: a busy prober cannot starve it, and a recorder that is killed is a recording
 * without its end, not a silent gap.
 */
export class RecorderProcess implements Disposable {
  readonly #process: LineProcess;

  /** `program` is the daemon's own file. */
  constructor(program: string) {
    this.#process = startLineProcess(process.execPath, ["--no-warnings", program, "--recorder"]);
  }

  /** Resolves when it would begin at once; false when it has ended. */
  async isReady(): Promise<boolean> {
    return (await this.#ask({ stop: true })) !== undefined;
  }

  /** Resolves when every point is being recorded; otherwise to the reason, undefined when the process has ended. */
  async begin(
    points: readonly PointToRecord[],
    directory: string,
  ): Promise<"recording" | { readonly reason: string } | undefined> {
    const answer = await this.#ask({ start: { points, directory } });
    if (answer === undefined || "ready" in answer) return answer && "recording";
    return { reason: "failed" in answer ? answer.failed.message : "it was recording" };
  }

  /** The result; undefined of a recorder that has died. */
  async stop(): Promise<RecorderResult | undefined> {
    const answer = await this.#ask({ stop: true });
    return answer !== undefined && "stopped" in answer ? answer.stopped : undefined;
  }

  async #ask(command: RecorderCommand): Promise<RecorderAnswer | undefined> {
    const line = await this.#process.ask(JSON.stringify(command));
    return line === undefined ? undefined : (JSON.parse(line) as RecorderAnswer);
  }

  [Symbol.dispose](): void {
    this.#process.end();
  }
}
