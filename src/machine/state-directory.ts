import { type Dirent, mkdirSync, readdirSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import process from "node:process";

/**
 * Where labs are remembered: `LAB_STATE`, else /var/lib/lab for root (a reboot does not erase it), else lab/ in the
 * user's state folder.
 */
export function stateDirectory(): string {
  // biome-ignore lint/style/noProcessEnv: the XDG base directory specification names this variable
  const { LAB_STATE: chosen, XDG_STATE_HOME: xdg } = process.env;
  if (chosen) return chosen;
  if (process.geteuid?.() === 0) return "/var/lib/lab";
  return join(xdg || join(homedir(), ".local", "state"), "lab");
}

/** The files of one lab; everything in it belongs to the lab and goes with it. */
export type LabDirectory = {
  readonly path: string;
  readonly lock: string;
  readonly journal: string;
  /** What was brought up: topology text, machine. */
  readonly record: string;
  /** Control socket of the machine's daemon. */
  readonly socket: string;
  readonly daemonLog: string;
  /** Files that machines hand back, such as recordings. */
  readonly exchange: string;
  readonly guest: string;
  /** Of a lab in several guests: a folder for each. */
  readonly guests: string;
  /** Sockets at the ends of the cables between guests. */
  readonly wires: string;
};

/** Makes nothing. */
export function labDirectory(lab: string): LabDirectory {
  const path = join(stateDirectory(), lab);
  return {
    path,
    lock: join(stateDirectory(), `.${lab}.lock`),
    journal: join(path, "journal.jsonl"),
    record: join(path, "lab.json"),
    socket: join(path, "control.sock"),
    daemonLog: join(path, "daemon.log"),
    exchange: join(path, "exchange"),
    guest: join(path, "guest"),
    guests: join(path, "guests"),
    wires: join(path, "wires"),
  };
}

/** Makes the folders of a lab, readable by their owner only: they hold control sockets. */
export function makeLabDirectory(lab: string): LabDirectory {
  const directory = labDirectory(lab);
  mkdirSync(directory.exchange, { recursive: true, mode: 0o700 });
  return directory;
}

/** Removes all that is remembered of a lab. */
export function removeLabDirectory(lab: string): void {
  rmSync(labDirectory(lab).path, { recursive: true, force: true });
}

/** Names of the labs that are remembered, up or left behind, sorted. */
export function rememberedLabs(): readonly string[] {
  return entries()
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}

/** The same with those of which a kill at the very beginning left no more than the lock file. */
export function traceableLabs(): readonly string[] {
  const locks = entries().flatMap(({ name }) => /^\.(.+)\.lock$/.exec(name)?.[1] ?? []);
  return [...new Set([...rememberedLabs(), ...locks])].sort();
}

function entries(): readonly Dirent[] {
  try {
    return readdirSync(stateDirectory(), { withFileTypes: true });
  } catch {
    return [];
  }
}
