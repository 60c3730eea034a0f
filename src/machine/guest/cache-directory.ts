import { accessSync, constants } from "node:fs";
import { mkdir } from "node:fs/promises";
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

function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
