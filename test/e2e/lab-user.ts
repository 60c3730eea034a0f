import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Result } from "../../src/score/result.ts";

/** What a command left behind. */
export type Ran = {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
};

/** One judged subject of a result; `check` is the recommendation or `reachability`. */
export type Judged = Result["recommendations"][number]["findings"][number] & {
  readonly check: string;
};

const project = fileURLToPath(new URL("../..", import.meta.url));
const program = join(project, "bin/lab.mjs");

/**
 * Somebody with a terminal: calls `lab` as a program of its own, with labs and results in a folder that nobody else has.
 * Disposing takes away whatever labs are still up.
 */
export class LabUser implements AsyncDisposable {
  readonly folder: string = mkdtempSync(join(tmpdir(), "lab-e2e-"));
  readonly results: string = join(this.folder, "results");
  readonly #state: string = join(this.folder, "state");

  async run(args: readonly string[], input?: string): Promise<Ran> {
    return await this.start(args, input).ended;
  }

  /** A command that goes on while others are called. */
  start(args: readonly string[], input?: string): Running {
    // biome-ignore lint/style/noProcessEnv: a program that is started inherits all of it
    const env = { ...process.env, LAB_STATE: this.#state };
    return new Running(spawn(process.execPath, [program, ...args], { cwd: project, env }), input);
  }

  /** Like `run`, for what has to succeed: the text on standard output. */
  async must(...args: readonly string[]): Promise<string> {
    const ran = await this.run(args);
    if (ran.code === 0) return ran.stdout;
    throw new Error(`lab ${args.join(" ")}: exit ${ran.code}\n${ran.stdout}\n${ran.stderr}`);
  }

  /** A plain command in a node of a lab that is up; it has to succeed. */
  async sh(lab: string, node: string, command: string): Promise<string> {
    return await this.must("exec", lab, node, "--", "sh", "-c", command);
  }

  /** `lab run` or `lab assess` with `--json`, and the result. */
  async assess(
    command: "run" | "assess",
    target: string,
    ...checks: readonly string[]
  ): Promise<Ran & { readonly result: Result }> {
    const chosen = checks.flatMap((id) => ["--check", id]);
    const ran = await this.run([command, target, ...chosen, "--results", this.results, "--json"]);
    if (!ran.stdout.startsWith("{")) {
      throw new Error(`lab ${command} ${target}: exit ${ran.code}\n${ran.stdout}\n${ran.stderr}`);
    }
    return { ...ran, result: JSON.parse(ran.stdout) as Result };
  }

  /** Run directories, oldest first. */
  runs(): readonly string[] {
    return readdirSync(this.results)
      .sort()
      .map((name) => join(this.results, name));
  }

  /** Names of the labs of which anything is remembered. */
  remembered(): readonly string[] {
    try {
      return readdirSync(this.#state).filter((name) => !name.startsWith("."));
    } catch {
      return [];
    }
  }

  /** Processes of this machine whose command line speaks of this user's labs. */
  processes(): readonly string[] {
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
      .flatMap((pid) => {
        const line = commandLine(pid);
        return line.includes(this.#state) ? [`${pid} ${line}`] : [];
      });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ran = await this.run(["down", "--all"]);
    const left = [...this.remembered(), ...this.processes()];
    rmSync(this.folder, { recursive: true, force: true });
    if (ran.code === 0 && left.length === 0) return;
    throw new Error(`lab down --all: exit ${ran.code}, left ${left.join(", ")}\n${ran.stderr}`);
  }
}

/** A `lab` command that has been started. */
export class Running {
  /** When it is over. */
  readonly ended: Promise<Ran>;
  readonly #child: ChildProcessWithoutNullStreams;
  #stderr = "";

  constructor(child: ChildProcessWithoutNullStreams, input: string | undefined) {
    this.#child = child;
    let stdout = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr += text;
    });
    child.stdin.end(input ?? "");
    this.ended = new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (status) => {
        resolve({ code: status ?? -1, stdout, stderr: this.#stderr });
      });
    });
  }

  /** Waits until its progress on standard error has these words. @throws when it ends without them */
  async saying(words: RegExp): Promise<void> {
    let isOver = false;
    this.ended.then(
      () => {
        isOver = true;
      },
      () => {
        isOver = true;
      },
    );
    while (!words.test(this.#stderr)) {
      if (isOver) throw new Error(`it ended without saying ${words}: ${this.#stderr}`);
      await pause(20);
    }
  }

  /** What `| head` does. */
  stopReading(): void {
    this.#child.stdout.destroy();
  }

  /** What Ctrl-C does. */
  interrupt(): void {
    this.#child.kill("SIGINT");
  }
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
  } catch {
    return ""; // it ended while we looked
  }
}

/** Outcome by recommendation, `reachability` among them, in the order of the result. */
export function outcomesOf(result: Result): Readonly<Record<string, string>> {
  const { recommendations, reachability } = result;
  return {
    ...Object.fromEntries(recommendations.map(({ id, outcome }) => [id, outcome])),
    ...(reachability === undefined ? {} : { reachability: reachability.outcome }),
  };
}

export function findingsOf(result: Result): readonly Judged[] {
  const { recommendations, reachability } = result;
  return [
    ...recommendations.flatMap(({ id, findings }) =>
      findings.map((finding) => ({ check: id, ...finding })),
    ),
    ...(reachability?.findings ?? []).map((finding) => ({ check: "reachability", ...finding })),
  ];
}

/** `outcome check: subject: observed` of all that did not pass; what a failed test shows. */
export function complaints(result: Result): readonly string[] {
  return findingsOf(result)
    .filter(({ outcome }) => outcome !== "pass")
    .map(({ outcome, check, subject, observed }) => `${outcome} ${check}: ${subject}: ${observed}`);
}
