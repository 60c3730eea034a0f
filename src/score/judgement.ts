import type { Sighting } from "../evidence/evidence.ts";
import type { ControlRef, Expectation, ProbeId } from "../trial/trial.ts";
import {
  absence,
  type EvidenceIndex,
  incompleteness,
  isAbsent,
  leaving,
} from "./evidence-index.ts";
import type { Outcome } from "./finding.ts";

/** What the frames say about one expectation. */
export type Judgement = {
  readonly outcome: Outcome;
  readonly observed: string;
  /** The frames that decide; empty for an absence. */
  readonly decisive: readonly Sighting[];
  /** The token sequence of the frame whose path a report draws. */
  readonly sequence?: number;
  readonly lost?: boolean;
};

export function judged(
  outcome: Outcome,
  observed: string,
  decisive: readonly Sighting[] = [],
): Judgement {
  return { outcome, observed, decisive };
}

/** `1 frame`, `3 frames`. */
export function countFrames(count: number): string {
  return `${count} frame${count === 1 ? "" : "s"}`;
}

/** Sightings of a probe that an expectation counts. */
export function matching(
  index: EvidenceIndex,
  expectation: Expectation,
  probe: ProbeId = expectation.probe,
): readonly Sighting[] {
  const { at, direction, role = "request", vlanIds, outermostVlan } = expectation;
  return index
    .sightings(probe)
    .filter(
      (seen) =>
        seen.point === at &&
        seen.direction === direction &&
        seen.role === role &&
        (vlanIds === undefined || vlanIds.join() === seen.vlanIds.join()) &&
        (outermostVlan === undefined || seen.vlanIds[0] === outermostVlan),
    );
}

/** What stands in the way of judging at all: the probe was not sent, its point was not recorded, or a thing is gone. */
export function obstacle(index: EvidenceIndex, expectation: Expectation): Judgement | undefined {
  const sent = index.sent(expectation.probe);
  if (sent === undefined) return judged("inconclusive", "the probe was not sent");
  if (sent.absent === true) return judged("fail", absence(sent.probe.from));
  if (index.recorded(expectation.at) === undefined) {
    return judged("inconclusive", `no recording of ${expectation.at}`);
  }
  const gone = [sent.probe.from, expectation.at, expectation.owedFor?.at].find(
    (point) => point !== undefined && isAbsent(index, point),
  );
  return gone === undefined ? undefined : judged("fail", absence(gone));
}

/** Every frame by which a control shows that the point can be seen. */
export function controlSightings(index: EvidenceIndex, control: ControlRef): readonly Sighting[] {
  return index
    .sightings(control.probe)
    .filter(({ point, direction }) => point === control.at && direction === control.direction);
}

export function controlsOf(expectation: Expectation): readonly ControlRef[] {
  const { control, alsoControls = [] } = expectation;
  return control === undefined ? alsoControls : [control, ...alsoControls];
}

/** Names the first control that failed; undefined when all were seen. */
export function failedControl(index: EvidenceIndex, expectation: Expectation): string | undefined {
  const controls = controlsOf(expectation);
  if (controls.length === 0) return "there is no control that proves that the point can be seen";
  const failed = controls.find((control) => controlSightings(index, control).length === 0);
  return failed === undefined
    ? undefined
    : `the control ${failed.probe} was not seen at ${failed.at}, so nothing seen proves nothing`;
}

/** Why the sender's own recording does not show the probe leaving; undefined when it does. */
export function notLeaving(index: EvidenceIndex, probe: ProbeId): string | undefined {
  const sent = index.sent(probe);
  if (sent === undefined) return "the probe was not sent";
  if (leaving(index, probe).length > 0) return undefined;
  const { from } = sent.probe;
  if (sent.sent === 0)
    return `nothing could be sent at ${from}: ${sent.error ?? "no reason given"}`;
  return incompleteness(index, from) ?? `no frame of it left ${from}`;
}
