import { randomBytes } from "node:crypto";
import { open, rm } from "node:fs/promises";
import type { Duplex } from "node:stream";
import type { ProcessIdentity } from "../process-identity.ts";
import { connectGuest } from "./connect.ts";
import { controlSockets } from "./control-sockets.ts";
import { digestOf, fileStamp } from "./digest.ts";
import { bootLine, inGuest } from "./init-script.ts";
import { type Launched, launch, sendBootLine } from "./launch.ts";
import { type GuestOptions, type Prepared, prepareGuest } from "./prepare.ts";
import { stopGuest } from "./process.ts";
import { type Accelerator, type QemuFiles, qemuArguments } from "./qemu-arguments.ts";
import { qemuProgram } from "./qemu-program.ts";
import { draftSnapshot, findSnapshot, loadState, type Snapshot, saveState } from "./snapshot.ts";
import { until } from "./until.ts";

/** A guest that runs and whose daemon has answered. It outlives this process. */
export type Guest = ProcessIdentity & {
  readonly mark: string;
  readonly controlSocket: string;
  readonly qmpSocket: string;
  readonly consoleLog: string;
  readonly exchangeDirectory: string;
  readonly exchangeInGuest: string;
  readonly accelerator: Accelerator;
  readonly started: "cold" | "snapshot";
};

const bootMilliseconds = 60_000;

/**
 * Boots a guest, or restores it from a snapshot, and returns when its daemon answers.
 *
 * @throws LabError with the console's last lines when it does not come up; no process is left then.
 */
export async function startGuest(options: GuestOptions): Promise<Guest> {
  const prepared = await prepareGuest(options);
  const isCold = options.snapshot === "never";
  const snapshot = isCold ? undefined : await snapshotFor(prepared);
  const guest = await started(prepared.files, prepared, snapshot);
  return await orStopped(guest, async () => {
    await sendBootLine(guest, wordsFor(options, prepared), bootMilliseconds);
    (await greet(guest))?.destroy();
    guest.release();
    const { mark, controlSocket, qmpSocket, consoleLog, exchangeDirectory } = prepared.files;
    return {
      ...{ pid: guest.pid, startTime: guest.startTime, bootId: guest.bootId },
      ...{ mark, controlSocket, qmpSocket, consoleLog, exchangeDirectory },
      exchangeInGuest: inGuest.exchange,
      accelerator: prepared.hardware.accelerator,
      started: isCold ? "cold" : "snapshot",
    };
  });
}

async function started(
  files: QemuFiles,
  { hardware }: Prepared,
  snapshot: Snapshot | undefined,
): Promise<Launched> {
  await clearSockets(files);
  if (snapshot === undefined) return await launch(qemuArguments(hardware, files), files);
  const withMemory = { ...files, memory: { path: snapshot.memory, use: "copy" } } as const;
  await using state = await open(snapshot.state);
  const guest = await launch(qemuArguments(hardware, withMemory), withMemory, state.fd);
  return await orStopped(guest, async () => {
    await loadState(guest);
    return guest;
  });
}

/** Sockets of a guest that was killed would be met before the new QEMU has made its own. */
async function clearSockets(files: QemuFiles): Promise<void> {
  const sockets = [files.qmpSocket, files.bootSocket, ...controlSockets(files.controlSocket)];
  await Promise.all(sockets.map((path) => rm(path, { force: true })));
}

async function orStopped<Value>(guest: Launched, work: () => Promise<Value>): Promise<Value> {
  try {
    return await work();
  } catch (error) {
    await stopGuest(guest);
    throw error;
  }
}

function wordsFor(options: GuestOptions, { hardware, places }: Prepared): string {
  return bootLine({
    hostname: options.hostname ?? "guest",
    shares: hardware.shareTags.map((tag, index) => ({ tag, place: places[index] ?? "" })),
    seed: randomBytes(32).toString("hex"),
    epochNanoseconds:
      BigInt(Math.round((performance.timeOrigin + performance.now()) * 1e3)) * 1000n,
  });
}

/** One round trip with the daemon; the connection stays open. */
async function greet(guest: Launched): Promise<Duplex | undefined> {
  const { controlSocket } = guest.files;
  const session = until(async () => {
    const connection = await connectGuest(controlSocket, bootMilliseconds).catch(() => undefined);
    return connection;
  }, bootMilliseconds);
  return await guest.during(session);
}

/** Returns when the daemon serves all control ports: the last when it has nothing left to prepare. */
async function greetOnAllPorts(guest: Launched): Promise<void> {
  const open: (Duplex | undefined)[] = [];
  for (const _ of controlSockets(guest.files.controlSocket)) open.push(await greet(guest));
  for (const connection of open) connection?.destroy();
}

/** The snapshot of this kind of guest; the first guest of a kind makes it, and nobody ever sees it unfinished. */
async function snapshotFor(prepared: Prepared): Promise<Snapshot> {
  const digest = await kindDigest(prepared);
  return (await findSnapshot(digest)) ?? (await makeSnapshot(prepared, digest));
}

async function makeSnapshot(prepared: Prepared, digest: string): Promise<Snapshot> {
  await using draft = await draftSnapshot(digest);
  const files = {
    ...prepared.files,
    memory: { path: draft.files.memory, use: "write" },
  } as const;
  await clearSockets(files);
  const template = await launch(qemuArguments(prepared.hardware, files), files);
  try {
    await greetOnAllPorts(template);
    await saveState(template, draft.files.state);
  } finally {
    await stopGuest(template);
  }
  return await draft.keep();
}

/** Guests of one kind differ in nothing that lies in memory or devices before the boot line. */
async function kindDigest({ hardware, files }: Prepared): Promise<string> {
  const same = { mark: "", consoleLog: "", qemuLog: "", qmpSocket: "", bootSocket: "" };
  const shares = files.shares.map(() => "");
  const neutral = { ...files, ...same, controlSocket: "", exchangeDirectory: "", shares };
  const nics = hardware.nics.map((nic) => ({ ...nic, backend: "" }));
  return digestOf([...qemuArguments({ ...hardware, nics }, neutral), await fileStamp(qemuProgram)]);
}
