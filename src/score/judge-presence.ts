import type { Expectation } from "../trial/trial.ts";
import { type EvidenceIndex, incompleteness, leaving } from "./evidence-index.ts";
import {
  controlSightings,
  controlsOf,
  countFrames,
  failedControl,
  type Judgement,
  judged,
  matching,
  notLeaving,
} from "./judgement.ts";

/**
 * Nothing of the probe may be seen. A forbidden frame that was seen fails at once; nothing seen passes only when the
 * sender's recording shows it leaving, the point's recording is whole, and every control was seen.
 */
export function judgeNone(index: EvidenceIndex, expectation: Expectation): Judgement {
  const seen = matching(index, expectation);
  const { at, companion } = expectation;
  if (seen.length > 0) return seenAlthough(index, expectation, seen.length);
  const stayed = notLeaving(index, expectation.probe);
  if (stayed !== undefined && companion !== undefined) {
    const { companion: _, ...rest } = expectation;
    const instead = judgeNone(index, { ...rest, probe: companion });
    return { ...instead, observed: `${instead.observed} (judged by ${companion}: ${stayed})` };
  }
  if (stayed !== undefined) return judged("inconclusive", stayed);
  const missing = incompleteness(index, at) ?? failedControl(index, expectation);
  if (missing !== undefined) return judged("inconclusive", missing);
  const left = leaving(index, expectation.probe).length;
  const control = controlsOf(expectation)
    .map((ref) => `${ref.probe} seen (${controlSightings(index, ref).length})`)
    .join(", ");
  return judged("pass", `0 frames at ${at} of ${left} that left; control ${control}`);
}

function seenAlthough(index: EvidenceIndex, expectation: Expectation, count: number): Judgement {
  const seen = matching(index, expectation);
  const first = seen[0];
  const tags =
    first === undefined || first.vlanIds.length === 0 ? "" : ` with tag ${first.vlanIds.join(",")}`;
  return {
    ...judged("fail", `${countFrames(count)} at ${expectation.at}${tags}`, seen),
    ...(first === undefined ? {} : { sequence: first.sequence }),
  };
}

/** At least one frame must arrive. Loss on the path is a result; a sender that cannot send is none. */
export function judgeAtLeastOne(index: EvidenceIndex, expectation: Expectation): Judgement {
  const seen = matching(index, expectation);
  const what = expectation.role === "reply" ? "answer" : "frame";
  if (seen.length > 0) {
    const plural = seen.length === 1 ? what : `${what}s`;
    return judged("pass", `${seen.length} ${plural} at ${expectation.at}`, seen);
  }
  const missing = incompleteness(index, expectation.at);
  if (missing !== undefined) return judged("inconclusive", missing);
  const left = leaving(index, expectation.probe);
  if (left.length > 0)
    return lost(`no ${what} at ${expectation.at} of ${left.length} that left`, left[0]?.sequence);
  return judgeSilentSender(index, expectation);
}

/** Nothing left: the neighbour was not resolved (the network's fault) or the sender is cut off (proves nothing). */
function judgeSilentSender(index: EvidenceIndex, expectation: Expectation): Judgement {
  const { probe, companion } = expectation;
  const stayed = notLeaving(index, probe) ?? "";
  const tried = (index.sent(probe)?.sent ?? 0) > 0;
  if (tried && companion !== undefined && leaving(index, companion).length > 0) {
    return lost(`${stayed}, although ${companion} did: its neighbour did not answer`, undefined);
  }
  const hasControl = controlsOf(expectation).length > 0;
  if (tried && hasControl && failedControl(index, expectation) === undefined) {
    return lost(
      `${stayed}, although the sender can send: it found no neighbour or no route`,
      undefined,
    );
  }
  return judged("inconclusive", stayed);
}

function lost(observed: string, sequence: number | undefined): Judgement {
  const judgement = judged("fail", observed);
  return sequence === undefined
    ? { ...judgement, lost: true }
    : { ...judgement, lost: true, sequence };
}
