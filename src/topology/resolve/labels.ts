import type { Workload } from "../topology.ts";
import type { Labels } from "../written.ts";

/** A workload's labels, with its tier and sensitivity. */
export function labelsOf(
  workload: Pick<Workload, "labels" | "tier" | "sensitivity">,
): Readonly<Record<string, string>> {
  return {
    ...(workload.tier === undefined ? {} : { tier: workload.tier }),
    ...(workload.sensitivity === undefined ? {} : { sensitivity: workload.sensitivity }),
    ...workload.labels,
  };
}

export function matchesLabels(
  workload: Pick<Workload, "labels" | "tier" | "sensitivity">,
  wanted: Labels,
): boolean {
  const labels = labelsOf(workload);
  return Object.entries(wanted).every(([key, value]) => labels[key] === String(value));
}

/** `tier: web, tenant: red`. */
export function labelsText(labels: Labels): string {
  return Object.entries(labels)
    .map(([key, value]) => `${key}: ${value}`)
    .join(", ");
}
