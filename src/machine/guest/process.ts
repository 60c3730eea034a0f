import { readdir, readFile } from "node:fs/promises";
import process from "node:process";
import { setTimeout as wait } from "node:timers/promises";
import { LabError } from "../../units/lab-error.ts";

/** A process that cannot be mistaken for a later one of the same number: `startTime` is in clock ticks after boot. */
export type ProcessIdentity = { readonly pid: number; readonly startTime: number };

/** Undefined when there is no such process, or only its exit code is left. */
export async function startTimeOf(pid: number): Promise<number | undefined> {
  try {
    const text = await readFile(`/proc/${pid}/stat`, "utf8");
    // proc(5): the second field is a name in parentheses and may hold blanks; state is field 3, start time field 22.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" ? undefined : Number(fields[19]);
  } catch {
    return undefined;
  }
}

/**
 * Guests that carry this mark (`-name MARK`), also those whose starter died before it could note their number.
 * A mark that the caller noted before the start is what makes this a safe search: nobody else's process has it.
 */
export async function findGuests(mark: string): Promise<readonly ProcessIdentity[]> {
  const found: ProcessIdentity[] = [];
  for (const name of await readdir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const words = (await readFile(`/proc/${name}/cmdline`, "utf8").catch(() => "")).split("\0");
    if (!words[0]?.includes("qemu-system") || words[words.indexOf("-name") + 1] !== mark) continue;
    const startTime = await startTimeOf(Number(name));
    if (startTime !== undefined) found.push({ pid: Number(name), startTime });
  }
  return found;
}

/**
 * Kills a guest and returns when it is gone; does nothing when it has gone already, or when the number is another's now.
 *
 * @throws LabError LAB_E_GUEST_STUCK when it is still there after 10 s.
 */
export async function stopGuest({ pid, startTime }: ProcessIdentity): Promise<void> {
  if ((await startTimeOf(pid)) !== startTime) return;
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
  const deadline = performance.now() + 10_000;
  while ((await startTimeOf(pid)) === startTime) {
    if (performance.now() > deadline) throw stuck(pid);
    await wait(5);
  }
}

function stuck(pid: number): LabError {
  return new LabError("LAB_E_GUEST_STUCK", `the guest with process ${pid} does not end`, {
    fix: `look at /proc/${pid}/stack, then run \`lab down\` again`,
  });
}
