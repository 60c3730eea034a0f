import { spawn } from "node:child_process";
import { LabError } from "../units/lab-error.ts";

/** How a program is run whose output is passed on as it comes. */
export type RunOptions = {
  /** Given on standard input; nothing otherwise. */
  readonly input?: string;
  readonly onOutput: (stream: "stdout" | "stderr", data: Uint8Array) => void;
};

/**
 * Runs a program (no shell) to its end and gives its exit code; 128 + the signal's number when a signal ended it.
 * @throws LabError when there is no such program.
 */
export function runProgram(argv: readonly string[], options: RunOptions): Promise<number> {
  const [command = "", ...rest] = argv;
  const child = spawn(command, rest, { stdio: ["pipe", "pipe", "pipe"] });
  child.stdout.on("data", (data: Uint8Array) => options.onOutput("stdout", data));
  child.stderr.on("data", (data: Uint8Array) => options.onOutput("stderr", data));
  // A program that does not read its input closes the pipe; that is its business.
  child.stdin.on("error", () => undefined);
  child.stdin.end(options.input ?? "");
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
