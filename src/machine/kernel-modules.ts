import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { geteuid } from "node:process";
import { kernelRelease } from "./kernel-release.ts";

/** Whether the running kernel has this as a module that is not loaded, and we may load it. */
export function isLoadable(name: string): boolean {
  if (geteuid?.() !== 0 || existsSync(`/sys/module/${name.replaceAll("-", "_")}`)) return false;
  const index = `/lib/modules/${kernelRelease()}/modules.dep`;
  return existsSync(index) && readFileSync(index, "utf8").includes(`/${name}.ko`);
}

/** Loads a module; one that does not load is missing, which the next look at the kernel shows. */
export function loadModule(name: string, parameters: readonly string[]): void {
  spawnSync("modprobe", [name, ...parameters], { stdio: "ignore" });
}
