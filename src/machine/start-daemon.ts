import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { connect } from "node:net";
import type { Duplex } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";
import { LabError } from "../units/lab-error.ts";
import { isAlive, type ProcessIdentity, processIdentity } from "./process-identity.ts";

/** Starts a program of ours that outlives this one, in a session of its own, its output in a log file. */
export function startDetached(
  program: string,
  args: readonly string[],
  logPath: string,
): ProcessIdentity {
  const log = openSync(logPath, "a", 0o600);
  const child = spawn(process.execPath, ["--no-warnings", program, ...args], {
    detached: true,
    stdio: ["ignore", log, log],
  });
  closeSync(log);
  child.unref();
  const identity = child.pid === undefined ? undefined : processIdentity(child.pid);
  if (identity !== undefined) return identity;
  throw new LabError("LAB_E_DAEMON_START", "the machine's daemon did not start", {
    fix: `read its log: ${logPath}`,
  });
}

/** Connects to a socket; undefined when nobody listens there. */
export function connectSocket(path: string): Promise<Duplex | undefined> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once("connect", () => resolve(socket));
    socket.once("error", () => resolve(undefined));
  });
}

/** Connects as soon as it listens to a program that was started. @throws LabError when it ends first, or after `withinMs`. */
export async function connectSoon(
  program: ProcessIdentity,
  path: string,
  withinMs: number,
  logPath: string,
): Promise<Duplex> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const isRunning = isAlive(program);
    const socket = await connectSocket(path);
    if (socket !== undefined) return socket;
    if (!isRunning || performance.now() > deadline) {
      const what = isRunning ? `nobody answers on ${path}` : "the machine's daemon ended at once";
      throw new LabError("LAB_E_DAEMON_SILENT", what, { fix: `read its log: ${logPath}` });
    }
    await pause(5);
  }
}
