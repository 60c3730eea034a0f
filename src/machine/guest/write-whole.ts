import { randomUUID } from "node:crypto";
import { open, rename, rm } from "node:fs/promises";

/**
 * Writes a file so that nobody ever meets half of it: beside its place first, then moved there.
 * "until reboot" does not wait for the disk, so a power cut may leave less: for names that have the boot's id in them.
 */
export async function writeWhole(
  path: string,
  parts: Iterable<Uint8Array>,
  lasts: "always" | "until reboot" = "always",
): Promise<void> {
  const temporary = `${path}.${randomUUID()}`;
  try {
    const handle = await open(temporary, "wx", 0o644);
    try {
      for (const part of parts) await handle.writeFile(part);
      if (lasts === "always") await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
