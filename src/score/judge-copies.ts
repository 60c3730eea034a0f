import type { Sighting } from "../evidence/evidence.ts";
import type { Expectation } from "../trial/trial.ts";
import { type EvidenceIndex, incompleteness, leaving } from "./evidence-index.ts";
import { countFrames, type Judgement, judged, matching, notLeaving } from "./judgement.ts";

/** Exactly `copies` of each frame that came to `owedFor` (or left its sender): none missing, none else. */
export function judgeCopies(
  index: EvidenceIndex,
  expectation: Expectation,
  copies: number,
): Judgement {
  const seen = matching(index, expectation);
  const bySequence = Map.groupBy(seen, ({ sequence }) => sequence);
  const surplus = [...bySequence].find(([, group]) => group.length > copies);
  if (surplus !== undefined) {
    const [sequence, group] = surplus;
    return { ...judged("fail", `${group.length} copies of a frame at ${expectation.at}, ${copies} due`, group), sequence };
  }
  const owed = owedFrames(index, expectation);
  if (owed.size === 0) return judged("inconclusive", nothingOwed(index, expectation));
  const missing = [...owed].filter((sequence) => (bySequence.get(sequence)?.length ?? 0) < copies);
  if (missing.length === 0) {
    return judged("pass", `${copies} of each of ${countFrames(owed.size)} at ${expectation.at}`, seen);
  }
  const incomplete = incompleteness(index, expectation.at);
  if (incomplete !== undefined) return judged("inconclusive", incomplete);
  const [first = 0] = missing;
  const got = bySequence.get(first)?.length ?? 0;
  const observed = `${got} of ${copies} copies at ${expectation.at} (${missing.length} of ${countFrames(owed.size)} short)`;
  return { ...judged("fail", observed, seen), sequence: first, lost: true };
}

function owedSightings(index: EvidenceIndex, expectation: Expectation): readonly Sighting[] {
  const { owedFor, probe, role = "request" } = expectation;
  if (owedFor === undefined) return leaving(index, probe);
  return index
    .sightings(probe)
    .filter(
      (seen) =>
        seen.point === owedFor.at && seen.direction === owedFor.direction && seen.role === role,
    );
}

function owedFrames(index: EvidenceIndex, expectation: Expectation): ReadonlySet<number> {
  return new Set(owedSightings(index, expectation).map(({ sequence }) => sequence));
}

function nothingOwed(index: EvidenceIndex, { owedFor, probe }: Expectation): string {
  const stayed = notLeaving(index, probe);
  if (stayed !== undefined) return stayed;
  return `no frame of it came to ${owedFor?.at ?? "its sender"}, so no copy is due`;
}
