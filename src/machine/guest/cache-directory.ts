import { accessSync, constants } from "node:fs";
import { mkdir, readdir, rm, stat, utimes } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import process from "node:process";

const shared = "/var/cache/lab";

/** Where files that can be made again live: /var/cache/lab for root, else lab/ in the user's cache folder. */
export function cacheDirectory(): string {
  // biome-ignore lint/style/noProcessEnv: the XDG base directory specification names this variable
  const { LAB_CACHE: chosen, XDG_CACHE_HOME: xdg } = process.env;
  if (chosen) return chosen;
  if (process.geteuid?.() === 0) return shared;
  return join(xdg || join(homedir(), ".cache"), "lab");
}

/** Folders to look in for something that set-up may have put in either place; the own one first. */
export function readableCacheDirectories(): readonly string[] {
  const own = cacheDirectory();
  return own === shared || !isReadable(shared) ? [own] : [own, shared];
}

/** A folder below the own cache, made when missing. */
export async function cacheFolder(...names: readonly string[]): Promise<string> {
  const path = join(cacheDirectory(), ...names);
  await mkdir(path, { recursive: true, mode: 0o755 });
  return path;
}

/** Notes that an entry is in use, which keeps it from being cleared away as an old one. */
export async function touch(path: string): Promise<void> {
  const now = new Date();
  await utimes(path, now, now);
}

const draftMilliseconds = 600_000;

/**
 * Removes all but the `count` entries of a folder that were used last, and drafts (a dot in the name) that nobody can be
 * working on any more. What running guests have open stays with them until they end.
 */
export async function keepNewest(parent: string, count: number): Promise<void> {
  const entries = await Promise.all(
    (await readdir(parent)).map(async (name) => {
      const used = (await stat(join(parent, name)).catch(() => undefined))?.mtimeMs ?? 0;
      return { name, used };
    }),
  );
  const finished = entries.filter(({ name }) => !name.includes("."));
  const old = finished.sort((a, b) => b.used - a.used).slice(count);
  const abandoned = entries.filter(
    ({ name, used }) => name.includes(".") && Date.now() - used > draftMilliseconds,
  );
  for (const { name } of [...old, ...abandoned]) {
    await rm(join(parent, name), { recursive: true, force: true });
  }
}

function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
