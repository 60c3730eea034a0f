import { type TakenDown, takeDown } from "../apply/take-down.ts";
import type { FileLock } from "../machine/file-lock.ts";
import { labDirectory, rememberedLabs, removeLabDirectory } from "../machine/state-directory.ts";

/** Takes a lab away with all that is remembered of it. The caller holds its lock, which goes too. */
export async function takeDownLab(lab: string, lock: FileLock): Promise<TakenDown> {
  const taken = await takeDown(labDirectory(lab).journal);
  removeLabDirectory(lab);
  lock.remove();
  return taken;
}

/** Whether anything is remembered of a lab, up or half made. */
export function isRemembered(lab: string): boolean {
  return rememberedLabs().includes(lab);
}
