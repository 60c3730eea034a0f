import type { Evidence } from "../evidence/evidence.ts";
import type { Topology } from "../topology/topology.ts";
import type { Expectation, ExpectedFrames, Trial } from "../trial/trial.ts";
import { type EvidenceIndex, indexEvidence, leaving } from "./evidence-index.ts";
import { pathOf, pathTo, referTo, referToAbsence } from "./evidence-reference.ts";
import type { Finding } from "./finding.ts";
import { findingFilter } from "./finding-filter.ts";
import { judgeCopies } from "./judge-copies.ts";
import { judgeAtLeastOne, judgeNone } from "./judge-presence.ts";
import { judgeVlanIds } from "./judge-vlan-ids.ts";
import { controlSightings, controlsOf, type Judgement, obstacle } from "./judgement.ts";
import { formatIds } from "./vlan-id-list.ts";

/** One finding for each expectation of the trial, in its order. Without any evidence all are `inconclusive`. The topology
 * tells where cables lead, for the path of a failing frame. */
export function evaluateExpectations(
  trial: Trial,
  evidence: Evidence | undefined,
  topology?: Topology,
): readonly Finding[] {
  const expectations = trial.phases.flatMap(({ expect }) => expect);
  if (evidence === undefined) return expectations.map(untried);
  const index = indexEvidence(evidence);
  return expectations.map((expectation) => evaluateExpectation(index, expectation, topology));
}

function untried(expectation: Expectation): Finding {
  return {
    subject: expectation.subject,
    outcome: "inconclusive",
    expected: describe(expectation),
    observed: "the trial was not made",
    remediation: expectation.remediation,
    evidence: [],
  };
}

function evaluateExpectation(
  index: EvidenceIndex,
  expectation: Expectation,
  topology: Topology | undefined,
): Finding {
  const judgement = obstacle(index, expectation) ?? judge(index, expectation);
  const control = controlFinding(index, expectation, judgement);
  const filter = findingFilter(index, expectation);
  const path = pathOfFailure(index, expectation, judgement, topology);
  return {
    subject: expectation.subject,
    outcome: judgement.outcome,
    expected: describe(expectation),
    observed: judgement.observed,
    ...(judgement.outcome === "pass" ? {} : { remediation: expectation.remediation }),
    ...(control === undefined ? {} : { control }),
    evidence: evidenceOf(index, expectation, judgement),
    ...(filter === undefined ? {} : { filter }),
    ...(path === undefined ? {} : { path }),
  };
}

function judge(index: EvidenceIndex, expectation: Expectation): Judgement {
  const { frames } = expectation;
  switch (frames.kind) {
    case "none":
      return judgeNone(index, expectation);
    case "at-least-one":
      return judgeAtLeastOne(index, expectation);
    case "copies":
      return judgeCopies(index, expectation, frames.count);
    case "vlan-ids":
      return judgeVlanIds(index, expectation, frames);
    default:
      return frames satisfies never;
  }
}

/** A sweep's permitted VLANs are its own control; every other control is a probe of its own. */
function controlFinding(
  index: EvidenceIndex,
  expectation: Expectation,
  judgement: Judgement,
): Finding["control"] {
  const controls = controlsOf(expectation);
  if (expectation.frames.kind === "vlan-ids") {
    const seen = controls.length > 0 || judgement.outcome !== "pass" ? [] : judgement.decisive;
    if (seen.length > 0) return { outcome: "pass", evidence: referTo(index, seen) };
  }
  if (controls.length === 0) return undefined;
  const seen = controls.map((control) => controlSightings(index, control));
  const outcome = seen.every((list) => list.length > 0) ? "pass" : "fail";
  return { outcome, evidence: referTo(index, seen.flat()) };
}

/** The frames that decide, then those that show the probe leaving. */
function evidenceOf(
  index: EvidenceIndex,
  expectation: Expectation,
  judgement: Judgement,
): Finding["evidence"] {
  const probe =
    expectation.companion !== undefined && leaving(index, expectation.probe).length === 0
      ? expectation.companion
      : expectation.probe;
  const left = leaving(index, probe).filter(
    ({ sequence }) => judgement.sequence === undefined || sequence === judgement.sequence,
  );
  const here = judgement.decisive;
  const shown = here.length > 0 ? referTo(index, here) : referToAbsence(index, expectation.at);
  return [...shown, ...referTo(index, left)];
}

function pathOfFailure(
  index: EvidenceIndex,
  expectation: Expectation,
  judgement: Judgement,
  topology: Topology | undefined,
): string | undefined {
  if (judgement.outcome !== "fail") return undefined;
  const role = expectation.role ?? "request";
  const all = index.sightings(expectation.probe);
  const ofRole = all.filter((seen) => seen.role === role);
  const lost = judgement.lost === true;
  const [first] = judgement.decisive;
  if (!lost && first !== undefined) return pathTo(ofRole, first, topology);
  return pathOf(ofRole.length > 0 ? ofRole : all, judgement.sequence, lost);
}

/** What was demanded, in one line. */
function describe(expectation: Expectation): string {
  const { at, role = "request", frames } = expectation;
  const what = role === "reply" ? "answer" : "frame";
  return `${demanded(frames, what)} at ${at}${tagged(expectation)}`;
}

function tagged({ vlanIds, outermostVlan }: Expectation): string {
  if (vlanIds !== undefined) {
    return vlanIds.length === 0 ? " without a tag" : ` with tag ${vlanIds.join(",")}`;
  }
  return outermostVlan === undefined ? "" : ` with outermost tag ${outermostVlan}`;
}

function demanded(frames: ExpectedFrames, what: string): string {
  switch (frames.kind) {
    case "none":
      return `no ${what}`;
    case "at-least-one":
      return `the ${what}`;
    case "copies":
      return frames.count === 1
        ? `one copy of each ${what}`
        : `${frames.count} copies of each ${what}`;
    case "vlan-ids": {
      const native = frames.untagged === undefined ? "" : ` and ${frames.untagged} untagged`;
      return `exactly VLAN ${formatIds(frames.ids)}${native}`;
    }
    default:
      return frames satisfies never;
  }
}
