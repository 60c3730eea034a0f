import { monotonicMs } from "../machine/clock.ts";
import { LabError } from "../units/lab-error.ts";

/** What a command has of the world: where it writes, whether somebody watches, and whether it was interrupted. */
export type Context = {
  /** Results. */
  readonly out: (text: string) => void;
  /** Progress, one line with the time since the command began, on standard error. */
  readonly say: (line: string) => void;
  /** Tables as JSON instead. */
  readonly json: boolean;
  /** How pages are laid out: colours only on a terminal. */
  readonly layout: { readonly width: number; readonly colour: boolean };
  readonly interrupted: AbortSignal;
};

/** Thrown where a command was interrupted; it ends with 130 after cleaning up. */
export class InterruptedError extends Error {
  override readonly name = "InterruptedError";
}

export function makeContext(options: { readonly json: boolean; readonly quiet: boolean }): Context {
  const began = monotonicMs();
  const { stdout, stderr } = process;
  const controller = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      if (controller.signal.aborted) return;
      stderr.write("interrupted: cleaning up\n");
      controller.abort(new InterruptedError("interrupted"));
    });
  }
  return {
    out: (text) => stdout.write(text),
    say: (line) => {
      if (options.quiet) return;
      const elapsed = ((monotonicMs() - began) / 1000).toFixed(1).padStart(6);
      stderr.write(`[${elapsed}s] ${line}\n`);
    },
    json: options.json,
    layout: {
      width: stdout.isTTY ? stdout.columns : 120,
      colour: stdout.isTTY === true && stdout.hasColors(),
    },
    interrupted: controller.signal,
  };
}

/** Waits for work, or stops waiting when the command is interrupted. @throws InterruptedError */
export function unlessInterrupted<Value>(context: Context, work: Promise<Value>): Promise<Value> {
  const { interrupted } = context;
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(interrupted.reason as Error);
    if (interrupted.aborted) stop();
    interrupted.addEventListener("abort", stop, { once: true });
    work.then(resolve, reject).finally(() => interrupted.removeEventListener("abort", stop));
  });
}

/** The error for a command that was called in a way it does not know. */
export function usageError(message: string, usage: string): LabError {
  return new LabError("LAB_E_USAGE", message, { fix: `usage: lab ${usage}`, exitCode: 2 });
}
