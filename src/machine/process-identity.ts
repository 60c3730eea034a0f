import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import type { Milliseconds } from "../units/milliseconds.ts";

/**
 * Which process is meant, for ever: a process id alone is given to another process later.
 *
 * `startTime` is field 22 of `/proc/PID/stat` (clock ticks since boot, as text), `bootId` tells boots apart.
 */
export type ProcessIdentity = {
  readonly pid: number;
  readonly startTime: string;
  readonly bootId: string;
};

/** The identity of a process that runs now; undefined when there is none, or only a zombie. */
export function processIdentity(pid: number): ProcessIdentity | undefined {
  const stat = readStat(pid);
  return stat === undefined || stat.state === "Z" || stat.state === "X"
    ? undefined
    : { pid, startTime: stat.startTime, bootId: bootId() };
}

/** The identity of this process. */
export function ownIdentity(): ProcessIdentity {
  const own = processIdentity(process.pid);
  if (own === undefined) {
    throw new Error("/proc does not list this process: is /proc mounted for this PID namespace?");
  }
  return own;
}

/** The running kernel's boot id: another value after each reboot. */
export function bootId(): string {
  return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
}

/** Whether exactly this process still runs. A zombie does not. */
export function isAlive(identity: ProcessIdentity): boolean {
  const now = processIdentity(identity.pid);
  return now?.startTime === identity.startTime && now.bootId === identity.bootId;
}

/** Sends a signal to exactly this process; returns false, and sends nothing, when it is gone. */
export function killProcess(identity: ProcessIdentity, signal: NodeJS.Signals): boolean {
  if (!isAlive(identity)) {
    return false;
  }
  try {
    return process.kill(identity.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") {
      return false; // it ended between the look and the signal
    }
    throw error;
  }
}

/** Waits until these processes are gone; returns those that still run when `within` is over. */
export async function waitUntilGone(
  identities: readonly ProcessIdentity[],
  within: Milliseconds,
): Promise<readonly ProcessIdentity[]> {
  const deadline = performance.now() + within;
  let left = identities.filter(isAlive);
  while (left.length > 0 && performance.now() < deadline) {
    await pause(5);
    left = left.filter(isAlive);
  }
  return left;
}

/**
 * The command and arguments that run a program which the kernel kills when the process that started it ends.
 *
 * "Process" is the starting thread, in truth: use it from the main thread only. The signal is cleared when the program
 * is set-user-id. `signal` is a name without `SIG`.
 */
export function bornToDie(
  command: string,
  commandArguments: readonly string[],
  signal: "KILL" | "TERM" = "KILL",
): { readonly command: string; readonly arguments: readonly string[] } {
  return {
    command: "setpriv",
    arguments: ["--pdeathsig", signal, "--", command, ...commandArguments],
  };
}

type Stat = { readonly state: string; readonly startTime: string };

function readStat(pid: number): Stat | undefined {
  let line: string;
  try {
    line = readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ESRCH") {
      return undefined;
    }
    throw error;
  }
  // The second field is the program's name in brackets; it may hold blanks and brackets itself.
  const fields = line.slice(line.lastIndexOf(")") + 2).split(" ");
  return { state: fields[0] ?? "X", startTime: fields[19] ?? "" };
}
