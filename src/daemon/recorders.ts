import type { PointToRecord, RecorderResult } from "../capture/recorder.ts";
import { LabError } from "../units/lab-error.ts";
import { RecorderProcess } from "./recorder-process.ts";

/** A recording in progress. Disposing of it cuts it off. */
export type Recording = Disposable & {
  /** The result; of a recorder that has died, that no point has an end. */
  stop(): Promise<RecorderResult>;
};

/**
 * The recorder processes of a machine. One that has ended its recording is kept for the next, since starting a process
 * takes an emulated guest seconds.
 */
export class Recorders {
  readonly #program: string;
  #idle: RecorderProcess | undefined;

  /** `program` is the daemon's own file. */
  constructor(program: string) {
    this.#program = program;
  }

  /** Resolves when a recorder waits for work. */
  async warm(): Promise<void> {
    const recorder = new RecorderProcess(this.#program);
    if (await recorder.isReady()) this.#keep(recorder);
  }

  /** Resolves when every point is being recorded. @throws LabError */
  async record(points: readonly PointToRecord[], directory: string): Promise<Recording> {
    const kept = this.#idle;
    this.#idle = undefined;
    // A kept one may have been ended meanwhile, which shows only now.
    return (
      (kept && (await this.#begin(kept, points, directory))) ??
      (await this.#begin(new RecorderProcess(this.#program), points, directory)) ??
      refused("it ended")
    );
  }

  async #begin(
    recorder: RecorderProcess,
    points: readonly PointToRecord[],
    directory: string,
  ): Promise<Recording | undefined> {
    const begun = await recorder.begin(points, directory);
    if (begun === undefined) return undefined;
    if (begun !== "recording") {
      recorder[Symbol.dispose]();
      return refused(begun.reason);
    }
    return {
      stop: async () => {
        const result = await recorder.stop();
        if (result !== undefined) {
          this.#keep(recorder);
          return result;
        }
        recorder[Symbol.dispose]();
        const failures = points.map(({ point }) => ({ point, error: "the recorder ended early" }));
        return { points: [], failures };
      },
      [Symbol.dispose]: () => recorder[Symbol.dispose](),
    };
  }

  #keep(recorder: RecorderProcess): void {
    this.#idle?.[Symbol.dispose]();
    this.#idle = recorder;
  }
}

function refused(reason: string): never {
  throw new LabError("LAB_E_RECORDER", `the recorder did not start: ${reason}`, {
    fix: "check that the machine has memory and disk space left, then run the assessment again",
  });
}
