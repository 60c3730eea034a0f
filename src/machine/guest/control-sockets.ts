import { existsSync } from "node:fs";
import { FileLock } from "../file-lock.ts";
import { inGuest } from "./init-script.ts";

/** The socket of a control port, by its number. */
export function controlSocketOf(base: string, number: number): string {
  return `${base}.${number}`;
}

/** The sockets of all control ports of a guest. */
export function controlSockets(base: string): readonly string[] {
  return inGuest.controlPorts.map((_, number) => controlSocketOf(base, number));
}

/** A control port that nobody else uses until the lock is given up. */
export type FreePort = { readonly socket: string; readonly lock: FileLock };

/**
 * Takes the first control port that no session holds. QEMU lets a second client of a socket wait without a word, so that
 * a client locks a file beside it first; the kernel gives the lock up when its holder ends, however it ends.
 * Undefined when there is no guest or all of its ports are held.
 */
export function takeFreePort(base: string): FreePort | undefined {
  for (const socket of controlSockets(base)) {
    if (!existsSync(socket)) continue;
    const me = { pid: process.pid, command: "", since: "" };
    const lock = FileLock.take(`${socket}.lock`, me);
    if (lock instanceof FileLock) return { socket, lock };
  }
  return undefined;
}
