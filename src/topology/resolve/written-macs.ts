import type { WrittenTopology } from "../written.ts";

const isMac = /^[0-9A-Fa-f]{2}([:-][0-9A-Fa-f]{2}){5}$/;

/** Every MAC address that stands in the file. */
export function writtenMacs(written: WrittenTopology): readonly string[] {
  const found: string[] = [];
  const pending: unknown[] = [written.hosts, written.workloads, written.routers];
  while (pending.length > 0) {
    const value = pending.pop();
    if (typeof value !== "object" || value === null) continue;
    for (const [key, entry] of Object.entries(value)) {
      if (key === "mac" && typeof entry === "string" && isMac.test(entry)) found.push(entry);
      else pending.push(entry);
    }
  }
  return found;
}
