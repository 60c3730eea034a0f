import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";

/** 16 hexadecimal digits over texts and bytes; their borders count, so that ["ab"] and ["a", "b"] differ. */
export function digestOf(parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(`${part.length}:`).update(part);
  return hash.digest("hex").slice(0, 16);
}

/** What tells in microseconds that a file is the same one: its path, size and time of change. */
export async function fileStamp(path: string): Promise<string> {
  const { size, mtimeMs, ino } = await stat(path);
  return `${path} ${size} ${mtimeMs} ${ino}`;
}
