import type { LabObject } from "./object.ts";

/**
 * One act on one machine: make `object` exist and be exactly so, or make it not exist. What was there before is read
 * when it is done and journalled, which is the inverse.
 */
export type Operation =
  | { readonly act: "create"; readonly object: LabObject }
  | { readonly act: "set"; readonly object: LabObject; readonly was: LabObject }
  | { readonly act: "delete"; readonly object: LabObject };

/** The plan of a lab: what each machine will do, in this order. */
export type Plan = {
  readonly lab: string;
  readonly machines: readonly MachinePlan[];
};

export type MachinePlan = {
  readonly machine: string;
  readonly operations: readonly Operation[];
};

/** The act that takes this one back. */
export function inverse(operation: Operation): Operation {
  switch (operation.act) {
    case "create":
      return { act: "delete", object: operation.object };
    case "delete":
      return { act: "create", object: operation.object };
    case "set":
      return { act: "set", object: operation.was, was: operation.object };
    default:
      return operation satisfies never;
  }
}
