import { readdirSync, readFileSync } from "node:fs";
import { type ProcessIdentity, processIdentity } from "./process-identity.ts";

/**
 * Processes that have one of these marks as a word of their command line. A mark is a word that cannot be guessed and was
 * noted before the process was started, so nobody else's process has it.
 */
export function processesMarked(marks: ReadonlySet<string>): readonly ProcessIdentity[] {
  if (marks.size === 0) return [];
  return readdirSync("/proc").flatMap((entry) => {
    const pid = Number(entry);
    if (!Number.isInteger(pid) || pid === process.pid) return [];
    if (!commandLine(pid).some((word) => marks.has(word))) return [];
    const identity = processIdentity(pid);
    return identity === undefined ? [] : [identity];
  });
}

function commandLine(pid: number): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
  } catch {
    return []; // it ended between listing and reading
  }
}
