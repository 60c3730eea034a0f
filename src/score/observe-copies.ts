import type { Evidence, Sighting } from "../evidence/evidence.ts";
import type { MirrorGroup } from "../trial/mirror-trial.ts";
import { indexEvidence } from "./evidence-index.ts";
import { referTo } from "./evidence-reference.ts";
import type { Observation } from "./finding.ts";
import { frameKey } from "./judge-copies.ts";

/** Whether the copies at the analyzer are byte for byte what crossed the sources' vNICs. */
export function observeCopies(evidence: Evidence, group: MirrorGroup): readonly Observation[] {
  const index = indexEvidence(evidence);
  const sources = new Set(group.sources.map(({ point }) => point));
  // A routed frame between two sources crosses them with different bytes, and either copy is right.
  const originals = Map.groupBy(
    evidence.sightings.filter(({ point }) => sources.has(point)),
    keyOf,
  );
  const copies = evidence.sightings.filter(
    (seen) =>
      seen.point === group.analyzer && seen.direction === "in" && originals.has(keyOf(seen)),
  );
  const changed = copies.filter(
    (copy) => originals.get(keyOf(copy))?.some(({ digest }) => digest === copy.digest) !== true,
  );
  const observed =
    changed.length === 0
      ? `${copies.length} copies equal their originals byte for byte`
      : `${changed.length} of ${copies.length} copies differ from their originals`;
  return [{ subject: `copies at ${group.analyzer}`, observed, evidence: referTo(index, changed) }];
}

function keyOf(seen: Sighting): string {
  return `${seen.probe} ${seen.role} ${frameKey(seen)}`;
}
