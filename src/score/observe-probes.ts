import type { Evidence } from "../evidence/evidence.ts";
import type { Probe } from "../trial/trial.ts";
import { indexEvidence, leaving } from "./evidence-index.ts";
import { referTo } from "./evidence-reference.ts";
import type { Observation } from "./finding.ts";

/** Where probes without an expectation were seen: worth knowing, deciding nothing. */
export function observeProbes(
  evidence: Evidence | undefined,
  isObserved: (probe: Probe) => boolean,
): readonly Observation[] {
  if (evidence === undefined) return [];
  const index = indexEvidence(evidence);
  return evidence.probes.flatMap(({ probe }) => {
    if (!isObserved(probe)) return [];
    const left = leaving(index, probe.id).length;
    const seen = index.sightings(probe.id).filter(({ point }) => point !== probe.from);
    const points = [...new Set(seen.map(({ point }) => point))];
    const where = points.length === 0 ? "seen nowhere else" : `seen at ${points.join(", ")}`;
    return [
      {
        subject: probe.id,
        observed: `${left} left ${probe.from}, ${where}`,
        evidence: referTo(index, seen),
      },
    ];
  });
}
