import type { Sighting } from "../evidence/evidence.ts";
import type { Expectation } from "../trial/trial.ts";
import { type EvidenceIndex, incompleteness, leaving } from "./evidence-index.ts";
import { countFrames, type Judgement, judged, matching, notLeaving } from "./judgement.ts";

/** What a frame and its copies have in common, however often it was sent again. */
export function frameKey({ sequence, segment = "" }: Sighting): string {
  return `${sequence} ${segment}`;
}

function groupByFrame(sightings: readonly Sighting[]): ReadonlyMap<string, readonly Sighting[]> {
  return Map.groupBy(sightings, frameKey);
}

/** Exactly `copies` of each frame that came to `owedFor` (or left its sender): none missing, none else. */
export function judgeCopies(
  index: EvidenceIndex,
  expectation: Expectation,
  copies: number,
): Judgement {
  const seen = groupByFrame(matching(index, expectation));
  const owed = groupByFrame(owedSightings(index, expectation));
  const made = groupByFrame(madeSightings(index, expectation));
  const countOf = (groups: typeof seen, key: string): number => groups.get(key)?.length ?? 0;
  for (const [key, group] of seen) {
    const originals = Math.max(countOf(owed, key), countOf(made, key));
    if (group.length <= copies * originals || originals === 0) continue;
    const observed = `${group.length} copies of a frame at ${expectation.at}, ${copies * originals} due`;
    return { ...judged("fail", observed, group), ...sequenceOf(group) };
  }
  if (owed.size === 0) return judged("inconclusive", nothingOwed(index, expectation));
  const short = [...owed].filter(([key, group]) => countOf(seen, key) < copies * group.length);
  const [first] = short;
  if (first === undefined) {
    const observed = `${copies} of each of ${countFrames(owed.size)} at ${expectation.at}`;
    return judged("pass", observed, [...seen.values()].flat());
  }
  const incomplete = incompleteness(index, expectation.at);
  if (incomplete !== undefined) return judged("inconclusive", incomplete);
  const [key, originals] = first;
  const got = countOf(seen, key);
  const observed = `${got} of ${copies * originals.length} copies at ${expectation.at} (${short.length} of ${countFrames(owed.size)} short)`;
  const decisive = [...seen.values()].flat();
  return { ...judged("fail", observed, decisive), ...sequenceOf(originals), lost: true };
}

function sequenceOf(group: readonly Sighting[]): { readonly sequence?: number } {
  const sequence = group[0]?.sequence;
  return sequence === undefined ? {} : { sequence };
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

/** As often as a frame was put on the way, so often it may be copied, even where it did not get far. */
function madeSightings(index: EvidenceIndex, { probe, role }: Expectation): readonly Sighting[] {
  return role === "reply" ? [] : leaving(index, probe);
}

function nothingOwed(index: EvidenceIndex, { owedFor, probe }: Expectation): string {
  const stayed = notLeaving(index, probe);
  if (stayed !== undefined) return stayed;
  return `no frame of it came to ${owedFor?.at ?? "its sender"}, so no copy is due`;
}
