import { readdir, readFile } from "node:fs/promises";
import { LabError } from "../../units/lab-error.ts";
import { milliseconds } from "../../units/milliseconds.ts";
import {
  killProcess,
  type ProcessIdentity,
  processIdentity,
  waitUntilGone,
} from "../process-identity.ts";

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
    const identity = processIdentity(Number(name));
    if (identity !== undefined) found.push(identity);
  }
  return found;
}

/**
 * Kills a guest and returns when it is gone; does nothing when it has gone already, or when the number is another's now.
 *
 * @throws LabError LAB_E_GUEST_STUCK when it is still there after 10 s.
 */
export async function stopGuest(guest: ProcessIdentity): Promise<void> {
  if (!killProcess(guest, "SIGKILL")) return;
  const left = await waitUntilGone([guest], milliseconds(10_000));
  if (left.length === 0) return;
  throw new LabError("LAB_E_GUEST_STUCK", `the guest with process ${guest.pid} does not end`, {
    fix: `look at /proc/${guest.pid}/stack, then run \`lab down\` again`,
  });
}
