import { machineByNamespace, machinesOf, type Wire, wiresOf } from "../plan/placement.ts";
import type { Topology } from "../topology/topology.ts";
import { LabError } from "../units/lab-error.ts";

/** Which machine carries what, and which cables lead from one to another. Decided when the machines start. */
export type Layout = {
  readonly machines: readonly string[];
  readonly wires: readonly Wire[];
  /** The machine of each namespace. */
  readonly placement: Readonly<Record<string, string>>;
};

export function layoutOf(topology: Topology): Layout {
  return {
    machines: machinesOf(topology),
    wires: wiresOf(topology),
    placement: Object.fromEntries(machineByNamespace(topology)),
  };
}

/**
 * The layout of a lab that is up after its file has changed: namespaces that go keep their machine until they have gone.
 *
 * @throws LabError when a machine, a wire or the place of a node is another.
 */
export function changedLayout(before: Layout, topology: Topology): Layout {
  const after = layoutOf(topology);
  const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
  const moved = Object.keys(after.placement).find(
    (name) =>
      Object.hasOwn(before.placement, name) && before.placement[name] !== after.placement[name],
  );
  const isFixed =
    same(before.machines.toSorted(), after.machines.toSorted()) &&
    same(before.wires, after.wires) &&
    moved === undefined;
  if (isFixed) return { ...before, placement: { ...before.placement, ...after.placement } };
  const what = moved ?? "the cables between them";
  throw new LabError(
    "LAB_E_LAYOUT_CHANGED",
    `the file places ${what} on machines differently from when the lab came up`,
    { fix: `run \`lab down ${topology.name}\` and \`lab up\` again`, exitCode: 2 },
  );
}
