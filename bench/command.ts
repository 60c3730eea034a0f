import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";

const project = resolve(import.meta.dirname, "..");
const program = join(project, "bin/lab.mjs");

/** Runs a command of the lab as a whole process; its exit code and what it said. */
export async function labCommand(
  ...words: readonly string[]
): Promise<{ readonly code: number; readonly output: string; readonly said: string }> {
  const running = promisify(execFile)(process.execPath, [program, ...words], {
    cwd: project,
    maxBuffer: 64 << 20,
  });
  try {
    const { stdout, stderr } = await running;
    return { code: 0, output: stdout, said: stderr };
  } catch (error) {
    const { code, stdout = "", stderr = "" } = error as Failed;
    if (typeof code !== "number") throw error;
    return { code, output: stdout, said: stderr };
  }
}

type Failed = { readonly code?: unknown; readonly stdout?: string; readonly stderr?: string };

/** A folder for what a benchmark writes, removed at its end. */
export async function benchFolder(stack: AsyncDisposableStack): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "lab-bench-"));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Seconds that work takes by the wall clock. */
export async function seconds(work: () => Promise<void>): Promise<number> {
  const began = process.hrtime.bigint();
  await work();
  return Number(process.hrtime.bigint() - began) / 1e9;
}
