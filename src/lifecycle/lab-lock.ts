import { FileLock } from "../machine/file-lock.ts";
import { labDirectory } from "../machine/state-directory.ts";
import { LabError } from "../units/lab-error.ts";

/** Holds a lab for a command that changes it. @throws LabError that says who holds it. */
export function lockLab(lab: string, command: string, now: string): FileLock {
  const me = { pid: process.pid, command, since: now };
  const lock = FileLock.take(labDirectory(lab).lock, me);
  if (lock instanceof FileLock) return lock;
  throw new LabError(
    "LAB_E_LAB_BUSY",
    `lab "${lab}" is held by \`${lock.command}\` (process ${lock.pid}, since ${lock.since})`,
    { fix: "wait for it to end, or end it, and run the command again" },
  );
}
