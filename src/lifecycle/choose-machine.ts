import type { Capabilities, Capability } from "../plan/capabilities.ts";
import { LabError } from "../units/lab-error.ts";
import type { MachineKind } from "./lab-record.ts";
import type { Layout } from "./layout.ts";

/** Where a lab is to run, and the one line that says so. */
export type MachineChoice = { readonly machine: MachineKind; readonly reason: string };

/**
 * What the file itself decides: several machines are guests, and `local` is this one. Undefined where it leaves the choice.
 *
 * @throws LabError when `asked` is something else.
 */
export function placedMachine(
  { machines }: Layout,
  asked: MachineKind | undefined,
): MachineChoice | undefined {
  const isLocal = machines.includes("local");
  if (machines.length === 1 && !isLocal) return undefined;
  const machine = isLocal ? "local" : "qemu";
  if (asked === undefined || asked === machine) {
    if (isLocal) return undefined;
    const reason = `in ${machines.length} guests (${machines.join(", ")}), as the file places its nodes`;
    return { machine, reason };
  }
  const where = isLocal ? "this machine" : `${machines.length} guests (${machines.join(", ")})`;
  throw new LabError("LAB_E_MACHINE_PLACED", `the file places the lab's nodes on ${where}`, {
    fix: `leave out --machine, or take \`machine\` out of the file`,
    exitCode: 2,
  });
}

/**
 * This machine where it can do all that the plan needs, a guest otherwise.
 *
 * @throws LabError when `asked` is a machine that cannot.
 */
export function chooseMachine(
  needed: readonly Capability[],
  local: Capabilities,
  asked: MachineKind | undefined,
): MachineChoice {
  const missing = needed.filter((capability) => !local.features.includes(capability));
  const lack = local.privileged
    ? `kernel ${local.kernel} has no ${missing.join(", ")}`
    : "making network namespaces here needs root";
  if (asked === "qemu") return { machine: "qemu", reason: "asked for with --machine" };
  const isAble = local.privileged && missing.length === 0;
  if (asked === "local" && !isAble) {
    throw new LabError("LAB_E_MACHINE_UNABLE", `this machine cannot carry the lab: ${lack}`, {
      fix: "leave out --machine, and the lab runs in a guest",
      exitCode: 2,
    });
  }
  if (!isAble) return { machine: "qemu", reason: `in a guest, because ${lack}` };
  const why = asked === "local" ? "asked for with --machine" : "the kernel has all that is needed";
  return { machine: "local", reason: `on this machine (kernel ${local.kernel}): ${why}` };
}
