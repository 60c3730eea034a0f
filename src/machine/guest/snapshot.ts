import { randomUUID } from "node:crypto";
import { createWriteStream, existsSync } from "node:fs";
import { mkdir, open, readdir, rename, rm, stat, utimes } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { cacheFolder } from "./cache-directory.ts";
import { guestFailed, type Launched, openQmp } from "./launch.ts";
import type { Qmp } from "./qmp.ts";
import { until } from "./until.ts";

/** A guest at rest: its memory as a sparse file that any number of guests map, and the state of its devices. */
export type Snapshot = { readonly memory: string; readonly state: string };

/** Each is some 200 MiB on disk. */
const kept = 4;

const filesIn = (directory: string): Snapshot => ({
  memory: join(directory, "memory"),
  state: join(directory, "state"),
});

/** The finished snapshot of this digest, if there is one; using it keeps it from being cleared away. */
export async function findSnapshot(digest: string): Promise<Snapshot | undefined> {
  const directory = join(await cacheFolder("snapshots"), digest);
  if (!existsSync(directory)) return undefined;
  const now = new Date();
  await utimes(directory, now, now);
  return filesIn(directory);
}

/** An unfinished snapshot. It becomes one by `keep`; without it, disposing of it leaves nothing. */
export type Draft = AsyncDisposable & { readonly files: Snapshot; keep(): Promise<Snapshot> };

export async function draftSnapshot(digest: string): Promise<Draft> {
  const parent = await cacheFolder("snapshots");
  const directory = join(parent, `${digest}.${randomUUID()}`);
  await mkdir(directory, { mode: 0o700 });
  return {
    files: filesIn(directory),
    keep: async () => {
      await Promise.all(Object.values(filesIn(directory)).map(flush));
      // Whoever was first has made the same one.
      await rename(directory, join(parent, digest)).catch(() => undefined);
      await clearOld(parent);
      return filesIn(join(parent, digest));
    },
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  };
}

/** A file on its way to disk when the power goes would else look finished. */
async function flush(path: string): Promise<void> {
  await using handle = await open(path, "r+");
  await handle.sync();
}

/** Files that running guests still map stay with them until they end. */
async function clearOld(parent: string): Promise<void> {
  const ages = (await readdir(parent)).map(async (name) => {
    const path = join(parent, name);
    return { path, used: (await stat(path).catch(() => undefined))?.mtimeMs ?? 0 };
  });
  const newestFirst = (await Promise.all(ages)).sort((a, b) => b.used - a.used);
  for (const { path } of newestFirst.slice(kept)) await rm(path, { recursive: true, force: true });
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
