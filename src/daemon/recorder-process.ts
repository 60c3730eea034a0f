import type { PointToRecord, RecorderResult } from "../capture/recorder.ts";
import type { RecorderAnswer, RecorderCommand } from "../capture/recorder-main.ts";
import { type LineProcess, startLineProcess } from "../machine/line-process.ts";
import { LabError } from "../units/lab-error.ts";

/**
 * The recorder, in a process of its own: a busy prober cannot starve it, and a recorder that is killed is a recording
 * without its end, not a silent gap.
 */
export class RecorderProcess implements Disposable {
  readonly #process: LineProcess;

  private constructor(process: LineProcess) {
    this.#process = process;
  }

  /** Resolves when every point is being recorded. `program` is the daemon's own file. */
  static async start(
    program: string,
    points: readonly PointToRecord[],
    directory: string,
  ): Promise<RecorderProcess> {
    const recorder = new RecorderProcess(
      startLineProcess(process.execPath, ["--no-warnings", program, "--recorder"]),
    );
    const answer = await recorder.#ask({ start: { points, directory } });
    if (answer !== undefined && "ready" in answer) return recorder;
    recorder[Symbol.dispose]();
    const reason = answer !== undefined && "failed" in answer ? answer.failed.message : "it ended";
    throw new LabError("LAB_E_RECORDER", `the recorder did not start: ${reason}`, {
      fix: "check that the machine has memory and disk space left, then run the assessment again",
    });
  }

  /** The result; of a recorder that has died, that no point has an end. */
  async stop(points: readonly PointToRecord[]): Promise<RecorderResult> {
    const answer = await this.#ask({ stop: true });
    if (answer !== undefined && "stopped" in answer) return answer.stopped;
    const failures = points.map(({ point }) => ({ point, error: "the recorder ended early" }));
    return { points: [], failures };
  }

  async #ask(command: RecorderCommand): Promise<RecorderAnswer | undefined> {
    const line = await this.#process.ask(JSON.stringify(command));
    return line === undefined ? undefined : (JSON.parse(line) as RecorderAnswer);
  }

  [Symbol.dispose](): void {
    this.#process.end();
  }
}
