import type { Sighting } from "../evidence/evidence.ts";
import type { EvidenceIndex } from "./evidence-index.ts";
import type { EvidenceRef } from "./finding.ts";

/** A report needs enough frames to look at, not all of a sweep. */
const framesNamed = 64;

/** Recording, point and frame numbers of sightings, one reference per point, the first frames of each. */
export function referTo(
  index: EvidenceIndex,
  sightings: readonly Sighting[],
): readonly EvidenceRef[] {
  const groups = Map.groupBy(sightings, ({ recording, point }) => `${recording}\n${point}`);
  return [...groups.values()].map((group) => {
    const first = group[0] as Sighting;
    const frames = [...new Set(group.map(({ frame }) => frame))].sort((a, b) => a - b);
    return {
      recording: first.recording,
      sha256: index.recorded(first.point)?.recording.sha256 ?? "",
      point: first.point,
      frames: frames.slice(0, framesNamed),
    };
  });
}

/** The recording that shows nothing. */
export function referToAbsence(
  index: EvidenceIndex,
  at: Sighting["point"],
): readonly EvidenceRef[] {
  const recorded = index.recorded(at);
  if (recorded === undefined) return [];
  const { path, sha256 } = recorded.recording;
  return [{ recording: path, sha256, point: at, frames: [] }];
}

/** `web1:eth0 > hv1:web1:eth0 > hv1:p0 (lost after)`: the points one packet was seen at, in order of time. */
export function pathOf(
  sightings: readonly Sighting[],
  sequence: number | undefined,
  isLost: boolean,
): string | undefined {
  const chosen = sightings.filter((seen) => sequence === undefined || seen.sequence === sequence);
  const points: string[] = [];
  for (const { point } of chosen) if (!points.includes(point)) points.push(point);
  if (points.length === 0) return undefined;
  return `${points.join(" > ")}${isLost ? " (lost after)" : ""}`;
}
