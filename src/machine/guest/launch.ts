import { type ChildProcess, spawn } from "node:child_process";
import { open, readFile } from "node:fs/promises";
import { LabError } from "../../units/lab-error.ts";
import { type ProcessIdentity, processIdentity } from "../process-identity.ts";
import type { QemuFiles } from "./qemu-arguments.ts";
import { qemuProgram } from "./qemu-program.ts";
import { connected, Qmp } from "./qmp.ts";
import { until } from "./until.ts";

/** A QEMU that this process started and may leave behind: it is in a session of its own and holds no pipe of ours. */
export type Launched = ProcessIdentity & {
  readonly files: QemuFiles;
  /** Rejects with the console's last lines when QEMU ends before `work` has. */
  readonly during: <Value>(work: Promise<Value>) => Promise<Value>;
  /** From now on this process may end before QEMU does. */
  readonly release: () => void;
};

/** `state` is an open file that QEMU finds as its descriptor 3. */
export async function launch(
  args: readonly string[],
  files: QemuFiles,
  state?: number,
): Promise<Launched> {
  await using log = await open(files.qemuLog, "w", 0o600);
  const child = spawn(qemuProgram, args, {
    detached: true,
    stdio: ["ignore", log.fd, log.fd, ...(state === undefined ? [] : [state])],
  });
  const ended = endOf(child, files);
  const identity = child.pid === undefined ? undefined : processIdentity(child.pid);
  if (identity === undefined) throw await ended;
  return {
    ...identity,
    files,
    release: () => child.unref(),
    during: (work) => Promise.race([work, ended.then((error) => Promise.reject(error))]),
  };
}

async function endOf(child: ChildProcess, files: QemuFiles): Promise<LabError> {
  const how = await new Promise<string>((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("exit", (code, signal) => resolve(signal ?? `code ${code}`));
  });
  return await guestFailed(`ended early (${how})`, files);
}

/** What QEMU and the guest said last, and where to read the rest. */
export async function guestFailed(what: string, files: QemuFiles): Promise<LabError> {
  const texts = await Promise.all(
    [files.qemuLog, files.consoleLog].map((path) => readFile(path, "utf8").catch(() => "")),
  );
  const lines = texts.flatMap((text) => text.split(/\r?\n/).filter((line) => line.trim() !== ""));
  const last = lines.slice(-20).map((line) => `\n  | ${line}`);
  return new LabError("LAB_E_GUEST_BOOT", `the guest ${files.mark} ${what}${last.join("")}`, {
    fix: `read the console log: ${files.consoleLog}`,
  });
}

/** QEMU makes its sockets some 50 ms after it started. */
export async function openQmp(guest: Launched): Promise<Qmp> {
  const qmp = until(() => Qmp.open(guest.files.qmpSocket).catch(() => undefined), 10_000);
  const found = await guest.during(qmp);
  if (found === undefined) throw await guestFailed("opens no QMP socket", guest.files);
  return found;
}

/** Says the boot line to the guest's first process and waits for its answer; `within` is in milliseconds. */
export async function sendBootLine(guest: Launched, line: string, within: number): Promise<void> {
  const open = until(() => connected(guest.files.bootSocket).catch(() => undefined), 10_000);
  const socket = await guest.during(open);
  if (socket === undefined) throw await guestFailed("opens no boot socket", guest.files);
  const answered = new Promise<boolean>((resolve) => {
    setTimeout(() => resolve(false), within).unref();
    socket.on("data", (bytes: Buffer) => bytes.includes("ready") && resolve(true));
    socket.on("error", () => undefined);
    socket.write(line);
  });
  try {
    if (!(await guest.during(answered))) {
      throw await guestFailed(`is not ready after ${within} ms`, guest.files);
    }
  } finally {
    socket.destroy();
  }
}
