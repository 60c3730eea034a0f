import { type TakenDown, takeDown } from "../apply/take-down.ts";
import type { FileLock } from "../machine/file-lock.ts";
import { labDirectory, rememberedLabs, removeLabDirectory } from "../machine/state-directory.ts";
import { removeLabRecord } from "./lab-record.ts";

/** Takes a lab away with all that is remembered of it. The caller holds its lock, which goes too. */
export async function takeDownLab(lab: string, lock: FileLock): Promise<TakenDown> {
  const taken = await clearLab(lab);
  lock.remove();
  return taken;
}

/** The same for a caller who goes on to bring it up again, and therefore keeps the lock. */
export async function clearLab(lab: string): Promise<TakenDown> {
  // First, so that a kill in what follows leaves a lab that nobody takes for one that is up.
  removeLabRecord(lab);
  const taken = await takeDown(labDirectory(lab).journal);
  removeLabDirectory(lab);
  return taken;
}

/** Whether anything is remembered of a lab, up or half made. */
export function isRemembered(lab: string): boolean {
  return rememberedLabs().includes(lab);
}
