import type { Evidence, Sighting } from "../evidence/evidence.ts";
import type { MirrorGroup } from "../trial/mirror-trial.ts";
import { indexEvidence } from "./evidence-index.ts";
import { referTo } from "./evidence-reference.ts";
import type { Observation } from "./finding.ts";

/** Whether the copies at the analyzer are byte for byte what crossed the source's vNIC. */
export function observeCopies(evidence: Evidence, group: MirrorGroup): readonly Observation[] {
  const index = indexEvidence(evidence);
  return group.sources.map(({ point }) => {
    const originals = new Map<string, Sighting>();
    for (const seen of evidence.sightings)
      if (seen.point === point) originals.set(keyOf(seen), seen);
    const copies = evidence.sightings.filter(
      (seen) =>
        seen.point === group.analyzer && seen.direction === "in" && originals.has(keyOf(seen)),
    );
    const changed = copies.filter((copy) => copy.digest !== originals.get(keyOf(copy))?.digest);
    const observed =
      changed.length === 0
        ? `${copies.length} copies equal their originals byte for byte`
        : `${changed.length} of ${copies.length} copies differ from their originals`;
    return {
      subject: `${point} at ${group.analyzer}`,
      observed,
      evidence: referTo(index, changed),
    };
  });
}

function keyOf({ probe, sequence, role }: Sighting): string {
  return `${probe} ${sequence} ${role}`;
}
