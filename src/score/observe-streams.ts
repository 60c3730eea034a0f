import type { Evidence } from "../evidence/evidence.ts";
import type { Observation } from "./finding.ts";

/** Gap, loss, duplicates, reordering of every stream, and which NIC carried how much of it. */
export function observeStreams(evidence: Evidence | undefined): readonly Observation[] {
  if (evidence === undefined) return [];
  return evidence.streams.map((stream) => {
    const carried = Object.entries(stream.carriedBy).map(([at, count]) => `${at} ${count}`);
    const recording = evidence.recordings.find(({ path }) => path === stream.recording);
    const receiver = stream.seenAt.find(
      ({ recording: path, direction }) => path === stream.recording && direction === "in",
    );
    return {
      subject: stream.probe,
      observed: `sent ${stream.sent}, received ${stream.received}, lost ${stream.lost}, duplicated ${stream.duplicated}, reordered ${stream.reordered}, longest gap ${Math.round(stream.longestGapMs)} ms (sender's own ${Math.round(stream.senderLongestGapMs)} ms); seen at ${carried.join(", ")}`,
      evidence:
        recording === undefined || receiver === undefined
          ? []
          : [
              {
                recording: recording.path,
                sha256: recording.sha256,
                point: receiver.point,
                frames: stream.gapFrames,
              },
            ],
    };
  });
}
