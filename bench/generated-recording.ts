import { execFile, spawn } from "node:child_process";
import { closeSync, existsSync, openSync } from "node:fs";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const project = resolve(import.meta.dirname, "..");

/** Where the generator is looked for when no path is given: beside a checkout that came with its shared folder. */
export const defaultGenerator: string = join(project, "../shared/cases/genpcap.py");

export type RecordingRequest = { readonly generator: string; readonly megabytes: number };

/** `SCRIPT [GENERATOR] [MEGABYTES]` */
export function requestFrom(argv: readonly string[]): RecordingRequest {
  return { generator: argv[2] ?? defaultGenerator, megabytes: Number(argv[3] ?? 1000) };
}

/** Why the comparison cannot be made, or undefined. */
export async function obstacle(
  request: RecordingRequest,
  program: string,
): Promise<string | undefined> {
  if (!existsSync(request.generator)) {
    return `the generator of the recording is not at ${request.generator}; give its path as the first argument`;
  }
  for (const needed of [program, "python3"]) {
    const found = await run("which", [needed]).catch(() => undefined);
    if (found === undefined) return `${needed} is not installed: apt-get install ${needed}`;
  }
  return undefined;
}

/** A folder with `recording.pcap` in it, removed at the end whatever happens. */
export async function generateRecording(
  request: RecordingRequest,
): Promise<AsyncDisposable & { readonly folder: string; readonly path: string }> {
  const folder = await mkdtemp(join(tmpdir(), "lab-bench-"));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    // tcpdump gives up root before it opens files.
    await chmod(folder, 0o755);
    const path = join(folder, "recording.pcap");
    await run("python3", [request.generator, path, "--mb", String(request.megabytes)]);
    return { folder, path, [Symbol.asyncDispose]: remove };
  } catch (cause) {
    await remove();
    throw cause;
  }
}

export type Timed = { readonly seconds: number; readonly standardError: string };

/** A whole process from start to end, its output in a file. @throws Error when it fails. */
export function timeProcess(
  command: string,
  parameters: readonly string[],
  output: string,
): Promise<Timed> {
  const file = openSync(output, "w");
  const began = process.hrtime.bigint();
  const child = spawn(command, parameters, {
    cwd: project,
    stdio: ["ignore", file, "pipe"],
  });
  let standardError = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    standardError += text;
  });
  return new Promise((done, fail) => {
    child.once("error", fail);
    child.once("close", (code) => {
      closeSync(file);
      const seconds = Number(process.hrtime.bigint() - began) / 1e9;
      if (code === 0) done({ seconds, standardError });
      else fail(new Error(`${command} ended with ${code}: ${standardError}`));
    });
  });
}

/** One of our own programs in this folder, run as it is. */
export function timeOurs(program: string, recording: string, output: string): Promise<Timed> {
  return timeProcess(process.execPath, [join("bench", program), recording], output);
}

/** Megabytes the program says it held at most. */
export function peakMegabytes({ standardError }: Timed): number {
  return Number(/peak memory: (\d+) kB/.exec(standardError)?.[1] ?? Number.NaN) / 1024;
}
