import type { Change } from "../change/change.ts";
import type { Topology } from "../topology/topology.ts";
import type { CheckId } from "./check.ts";

/** A fault that stays during a whole assessment, and what it must turn red. */
export type Defect = {
  readonly id: string;
  readonly title: string;
  /** Must fail. */
  readonly breaks: readonly CheckId[];
  /** Must change, and why; every other one keeps its outcome. */
  readonly alsoAffects: readonly { readonly id: CheckId; readonly why: string }[];
  appliesTo(topology: Topology): boolean;
  /** Empty where it does not apply. */
  changes(topology: Topology): readonly Change[];
};

/** A defect from the changes that make it; it applies where there are any. */
export function defineDefect(
  defect: Pick<Defect, "id" | "title" | "breaks" | "changes"> &
    Partial<Pick<Defect, "alsoAffects">>,
): Defect {
  return {
    alsoAffects: [],
    ...defect,
    appliesTo: (topology) => defect.changes(topology).length > 0,
  };
}
