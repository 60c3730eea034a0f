import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { LabError } from "../../units/lab-error.ts";
import { readableCacheDirectories } from "./cache-directory.ts";

/** A distribution's kernel as its package lays it out: the compressed image and the folder of its modules. */
export type Kernel = {
  readonly release: string;
  readonly image: string;
  readonly modules: string;
};

const byVersion = new Intl.Collator("en", { numeric: true });

/**
 * The newest kernel that is installed, or that set-up has unpacked into the cache.
 *
 * @throws LabError LAB_E_GUEST_KERNEL when there is none with its modules.
 */
export async function findKernel(): Promise<Kernel> {
  const roots = ["/", ...readableCacheDirectories().map((path) => join(path, "kernel"))];
  for (const root of roots) {
    const [newest] = await kernelsBelow(root);
    if (newest !== undefined) return newest;
  }
  throw new LabError("LAB_E_GUEST_KERNEL", "there is no kernel to boot a guest with", {
    fix: "run `node bin/setup.mjs`, which unpacks Debian's kernel package into a cache (it installs no kernel)",
  });
}

async function kernelsBelow(root: string): Promise<readonly Kernel[]> {
  const boot = join(root, "boot");
  const names = existsSync(boot) ? await readdir(boot) : [];
  return names
    .filter((name) => name.startsWith("vmlinuz-"))
    .map((name) => name.slice("vmlinuz-".length))
    .sort((a, b) => byVersion.compare(b, a))
    .map((release) => ({
      release,
      image: join(boot, `vmlinuz-${release}`),
      modules: join(root, "lib/modules", release),
    }))
    .filter((kernel) => existsSync(join(kernel.modules, "modules.order")));
}
