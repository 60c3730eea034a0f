import { setTimeout as pause } from "node:timers/promises";
import type { Milliseconds } from "../units/milliseconds.ts";

/** Resolves when so much time has passed. */
export async function after(time: Milliseconds): Promise<void> {
  await pause(time);
}

/** Milliseconds since some moment of the past, never going back. */
export function monotonicMs(): number {
  return performance.now();
}

/** The date and time now, ISO 8601 in UTC. */
export function isoNow(): string {
  return new Date().toISOString();
}
