import { spawn } from "node:child_process";
import { LabError } from "../units/lab-error.ts";
import { bornToDie } from "./process-identity.ts";

/** Where a program that runs reads from. */
export type ProgramInput = { write(data: Uint8Array): void; end(): void };

/** How a program is run whose output is passed on as it comes. */
export type RunOptions = {
  /** Given on standard input; nothing otherwise. */
  readonly input?: string;
  /** Gets the program's standard input, which then stays open until it is ended there. */
  readonly onStart?: (input: ProgramInput) => void;
  readonly onOutput: (stream: "stdout" | "stderr", data: Uint8Array) => void;
  /** Kills the program, and what it started, when nobody waits for it any more. */
  readonly abandoned?: AbortSignal;
};

/**
 * Runs a program (no shell) to its end and gives its exit code; 128 + the signal's number when a signal ended it. It dies
 * with this process.
 * 127 when there is no such program. @throws LabError when `setpriv` is missing.
 */
export function runProgram(argv: readonly string[], options: RunOptions): Promise<number> {
  const [command = "", ...rest] = argv;
  const mortal = bornToDie(command, rest);
  const child = spawn(mortal.command, mortal.arguments, {
    stdio: ["pipe", "pipe", "pipe"],
    detached: true,
  });
  const kill = (): void => endGroup(child.pid);
  if (options.abandoned?.aborted === true) kill();
  options.abandoned?.addEventListener("abort", kill, { once: true });
  child.once("close", () => options.abandoned?.removeEventListener("abort", kill));
  child.stdout.on("data", (data: Uint8Array) => options.onOutput("stdout", data));
  child.stderr.on("data", (data: Uint8Array) => options.onOutput("stderr", data));
  // A program that does not read its input closes the pipe; that is its business.
  child.stdin.on("error", () => undefined);
  if (options.onStart === undefined) child.stdin.end(options.input ?? "");
  else options.onStart({ write: (data) => child.stdin.write(data), end: () => child.stdin.end() });
  return new Promise((resolve, reject) => {
    child.on("error", (cause) =>
      reject(
        new LabError("LAB_E_EXEC", `cannot run "${command}": ${cause.message}`, {
          fix: "install the program, or give its full path",
          cause,
        }),
      ),
    );
    child.on("close", (code, signal) => resolve(code ?? 128 + signalNumber(signal)));
  });
}

/** A program that is started detached leads a process group of its own. */
function endGroup(leader: number | undefined): void {
  if (leader === undefined) return;
  try {
    process.kill(-leader, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

const numbers: Readonly<Record<string, number>> = { SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGTERM: 15 };

function signalNumber(signal: string | null): number {
  return signal === null ? 0 : (numbers[signal] ?? 0);
}

/** Runs a program on this process's own terminal and gives its exit code. */
export function runInTerminal(argv: readonly string[]): Promise<number> {
  const [command = "", ...rest] = argv;
  const child = spawn(command, rest, { stdio: "inherit" });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve(code ?? 128 + signalNumber(signal)));
  });
}
