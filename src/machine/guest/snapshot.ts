import { randomUUID } from "node:crypto";
import { createWriteStream, existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { bootId } from "../process-identity.ts";
import { cacheFolder, keepNewest, touch } from "./cache-directory.ts";
import { guestFailed, type Launched, openQmp } from "./launch.ts";
import type { Qmp } from "./qmp.ts";
import { until } from "./until.ts";

/** A guest at rest: its memory as a sparse file that any number of guests map, and the state of its devices. */
export type Snapshot = { readonly memory: string; readonly state: string };

/** Each is some 400 MiB on disk. */
const kept = 4;

const filesIn = (directory: string): Snapshot => ({
  memory: join(directory, "memory"),
  state: join(directory, "state"),
});

/**
 * Snapshots are found again until this machine boots anew: so no half-written file that a power cut left is ever taken
 * for a whole one, and nobody waits for 400 MiB to reach the disk.
 */
const nameOf = (digest: string): string => `${digest}-${bootId()}`;

/** The finished snapshot of this digest, if there is one; using it keeps it from being cleared away. */
export async function findSnapshot(digest: string): Promise<Snapshot | undefined> {
  const directory = join(await cacheFolder("snapshots"), nameOf(digest));
  if (!existsSync(directory)) return undefined;
  await touch(directory);
  return filesIn(directory);
}

/** An unfinished snapshot. It becomes one by `keep`; without it, disposing of it leaves nothing. */
export type Draft = AsyncDisposable & { readonly files: Snapshot; keep(): Promise<Snapshot> };

export async function draftSnapshot(digest: string): Promise<Draft> {
  const parent = await cacheFolder("snapshots");
  const directory = join(parent, `${nameOf(digest)}.${randomUUID()}`);
  await mkdir(directory, { mode: 0o700 });
  return {
    files: filesIn(directory),
    keep: async () => {
      const finished = join(parent, nameOf(digest));
      await rename(directory, finished).catch((error: unknown) => {
        // Somebody else was first and has made the same one.
        if (!existsSync(finished)) throw error;
      });
      await keepNewest(parent, kept);
      return filesIn(finished);
    },
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  };
}

/** Memory lies in its file already, on either side: only the devices' state is moved (as in Kata Containers' templates). */
const memoryStays = { capabilities: [{ capability: "x-ignore-shared", state: true }] };

/** Stops the guest for good and writes the state of its devices. */
export async function saveState(guest: Launched, path: string): Promise<void> {
  await using qmp = await openQmp(guest);
  await qmp.execute("stop");
  await qmp.execute("migrate-set-capabilities", memoryStays);
  const socket = `${guest.files.qmpSocket}.state`;
  const received = receive(socket, path);
  await received.listening;
  await qmp.execute("migrate", { uri: `unix:${socket}` });
  await guest.during(received.written);
  await migrated(guest, qmp);
  await qmp.execute("quit").catch(() => undefined);
}

function receive(
  socket: string,
  path: string,
): { listening: Promise<void>; written: Promise<void> } {
  const server = createServer();
  const written = new Promise<void>((resolve, reject) => {
    server.once("connection", (from) => {
      server.close();
      pipeline(from, createWriteStream(path, { mode: 0o600 })).then(resolve, reject);
    });
  });
  return { listening: new Promise((resolve) => server.listen(socket, resolve)), written };
}

async function migrated(guest: Launched, qmp: Qmp): Promise<void> {
  const status = await until(async () => {
    const now = (await qmp.execute("query-migrate")) as { status?: string };
    return now.status === "completed" || now.status === "failed" ? now.status : undefined;
  }, 10_000);
  if (status !== "completed") throw await guestFailed("cannot be saved", guest.files);
}

/** Loads the state that QEMU has as its descriptor 3 and lets the guest run on. */
export async function loadState(guest: Launched): Promise<void> {
  await using qmp = await openQmp(guest);
  await qmp.execute("migrate-set-capabilities", memoryStays);
  // A machine that has really moved announces its NICs to the switches; nobody has asked a lab's NIC to speak.
  await qmp.execute("migrate-set-parameters", { "announce-rounds": 0 });
  await qmp.execute("migrate-incoming", { uri: "fd:3" });
  const loaded = until(async () => {
    const { status } = (await qmp.execute("query-status")) as { status: string };
    return status === "inmigrate" ? undefined : status;
  }, 10_000);
  if ((await guest.during(loaded)) === undefined) {
    throw await guestFailed("does not load its snapshot", guest.files);
  }
  await qmp.execute("cont");
}
