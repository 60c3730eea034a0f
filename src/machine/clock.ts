import { setTimeout as pause } from "node:timers/promises";
import type { Milliseconds } from "../units/milliseconds.ts";

/** Resolves when so much time has passed. @throws at once when `signal` is aborted */
export async function after(time: Milliseconds, signal?: AbortSignal): Promise<void> {
  await pause(time, undefined, signal === undefined ? {} : { signal });
}

/** Milliseconds since some moment of the past, never going back. */
export function monotonicMs(): number {
  return performance.now();
}

/** The date and time now, ISO 8601 in UTC. */
export function isoNow(): string {
  return new Date().toISOString();
}
