import type { Sighting } from "../evidence/evidence.ts";
import type { Topology } from "../topology/topology.ts";
import { farPoint, nodeOfPoint } from "../trial/point.ts";
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
  return chosen.length === 0 ? undefined : joined(chosen, isLost);
}

/**
 * The way to one sighting, without the branches that a flooded frame took beside it. `sightings` in order of time;
 * without a topology the cables are guessed from times.
 */
export function pathTo(
  sightings: readonly Sighting[],
  last: Sighting,
  topology: Topology | undefined,
): string {
  const path = [last];
  for (let at: Sighting | undefined = last; at !== undefined; ) {
    const before = sightings
      .slice(0, sightings.indexOf(at))
      .filter(({ sequence }) => sequence === last.sequence)
      .toReversed();
    at = predecessor(before, at, topology);
    if (at !== undefined) path.unshift(at);
  }
  return joined(path, false);
}

/** What comes in was sent at the far end of the cable; what goes out came in at the same node. `before`: latest first. */
function predecessor(
  before: readonly Sighting[],
  { point, direction }: Sighting,
  topology: Topology | undefined,
): Sighting | undefined {
  const node = nodeOfPoint(point);
  const cameIn = before.find((seen) => seen.direction === "in" && nodeOfPoint(seen.point) === node);
  const elsewhere = before.filter((seen) => nodeOfPoint(seen.point) !== node);
  const sent = elsewhere.filter((seen) => seen.direction === "out");
  if (direction === "out") return cameIn ?? sent[0];
  const far = topology === undefined ? undefined : farPoint(topology, point);
  return sent.find((seen) => seen.point === far) ?? cameIn ?? elsewhere[0];
}

function joined(sightings: readonly Sighting[], isLost: boolean): string {
  const points = [...new Set(sightings.map(({ point }) => point))];
  return `${points.join(" > ")}${isLost ? " (lost after)" : ""}`;
}
