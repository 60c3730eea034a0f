import { join } from "node:path";
import { expect } from "vitest";
import type { LabUser } from "./lab-user.ts";

/** A version of a topology, and the nodes that stay as they are when it is applied over the one before. */
export type Step = { readonly file: string; readonly untouched: readonly string[] };

/** A namespace, its interfaces and their numbers: a node that was made again has others. */
async function identity(user: LabUser, lab: string, node: string): Promise<string> {
  return await user.sh(
    lab,
    node,
    "readlink /proc/self/ns/net; cat /sys/class/net/eth0/ifindex /sys/class/net/eth0/address",
  );
}

/** Applies each step over what the one before left, as `lab plan` says it will, and once more for nothing. */
export async function reconcile(
  user: LabUser,
  lab: string,
  folder: string,
  steps: readonly Step[],
): Promise<void> {
  for (const { file, untouched } of steps) {
    const path = join(folder, file);
    const look = async (): Promise<readonly string[]> =>
      await Promise.all(untouched.map(async (node) => await identity(user, lab, node)));
    const before = await look();
    const planned = await user.must("plan", path);
    const count = Number(/: (\d+) operations/.exec(planned)?.[1]);
    expect(count).toBeGreaterThan(0);
    expect(planned.trim().split("\n").length).toBeGreaterThan(1);
    expect(planned.trim()).not.toMatch(/^$/m);
    expect(await user.must("plan", path)).toBe(planned);
    expect(await user.must("up", path)).toBe(`lab "${lab}" is up: ${count} operations\n`);
    expect(await look()).toEqual(before);
    expect(await user.must("up", path)).toMatch(/nothing to do/);
  }
}
