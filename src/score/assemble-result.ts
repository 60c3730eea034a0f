import type { Evidence } from "../evidence/evidence.ts";
import type { Topology } from "../topology/topology.ts";
import type { CatalogueEntry } from "./catalogue.ts";
import type { Check, CheckId, Feature } from "./check.ts";
import type { Finding, Outcome } from "./finding.ts";
import type {
  Coverage,
  MachineSummary,
  MatrixResult,
  RecommendationResult,
  Result,
  UnexpectedOutcome,
} from "./result.ts";
import { meanOf, outcomeOf, reasonOf, scoreOf } from "./summarise.ts";
import { waive, waiverStates } from "./waive.ts";

/** All that a result is made of: the same input gives the same bytes. */
export type ResultInput = {
  readonly toolVersion: string;
  readonly topology: Topology;
  readonly topologyDigest: string;
  readonly machines: readonly MachineSummary[];
  /** ISO 8601; also the day by which waivers expire. */
  readonly startedAt: string;
  readonly checks: readonly Check[];
  readonly catalogue: readonly CatalogueEntry[];
  readonly evidence: readonly Evidence[];
  /** Absent: every check. */
  readonly selected?: readonly CheckId[];
  /** What the machine cannot do, with the reason. */
  readonly unmet?: readonly { readonly feature: Feature; readonly reason: string }[];
  /** Checks whose work in the lab ended in error. */
  readonly errors?: readonly { readonly id: CheckId; readonly message: string }[];
};

type Assessed = MatrixResult & { readonly id: CheckId };

export function assembleResult(input: ResultInput): Result {
  const { topology, catalogue } = input;
  const chosen = input.checks.filter(({ id }) => input.selected?.includes(id) ?? true);
  const assessed = chosen.map((check) => assessOne(input, check));
  const recommendations = catalogue.flatMap((entry): readonly RecommendationResult[] => {
    const found = assessed.find(({ id }) => id === entry.id);
    if (found === undefined) return [];
    const { id: _, ...rest } = found;
    return [{ id: entry.id, level: entry.level, ...rest }];
  });
  const matrix = assessed.find(({ id }) => id === "reachability");
  const scoresOf = (level: string): readonly (number | null)[] =>
    recommendations.filter((item) => item.level === level).map(({ score }) => score);
  return {
    schemaVersion: 1,
    toolVersion: input.toolVersion,
    lab: topology.name,
    topologyDigest: input.topologyDigest,
    machines: input.machines,
    startedAt: input.startedAt,
    score: meanOf(scoresOf("required")),
    advisoryScore: meanOf(scoresOf("advisory")),
    coverage: coverageOf(recommendations, catalogue.length),
    recommendations,
    ...(matrix === undefined ? {} : { reachability: withoutId(matrix) }),
    notTried: notTried(input),
    waivers: waiverStates(topology.waivers, assessed, input.startedAt),
    unexpected: unexpectedOutcomes(topology, assessed),
  };
}

function withoutId({ id: _, ...rest }: Assessed): MatrixResult {
  return rest;
}

function unjudged(id: CheckId, outcome: Outcome, reason: string): Assessed {
  return { id, outcome, score: null, reason, findings: [], observations: [] };
}

function assessOne(input: ResultInput, check: Check): Assessed {
  const { topology, evidence } = input;
  const { id } = check;
  const applies = check.appliesTo(topology);
  if (applies !== true) return unjudged(id, "not-applicable", applies.reason);
  const unmet = input.unmet?.find(({ feature }) => check.requires.includes(feature));
  if (unmet !== undefined) return unjudged(id, "not-applicable", unmet.reason);
  const error = input.errors?.find((item) => item.id === id);
  const found = waive(id, check.evaluate(topology, evidence), topology.waivers, input.startedAt);
  const findings = error === undefined ? found : [...found, errorFinding(error.message)];
  const failed = findings.filter(({ outcome }) => outcome === "fail");
  const isWaived = failed.length > 0 && failed.every(({ waived }) => waived !== undefined);
  return {
    id,
    outcome: outcomeOf(findings),
    score: scoreOf(findings),
    reason: reasonOf(findings),
    ...(isWaived ? { waived: true } : {}),
    findings,
    observations: check.observe?.(topology, evidence) ?? [],
  };
}

function errorFinding(message: string): Finding {
  const expected = "the lab does the check's work";
  return { subject: "the lab", outcome: "error", expected, observed: message, evidence: [] };
}

function coverageOf(recommendations: readonly RecommendationResult[], total: number): Coverage {
  const applicable = recommendations.filter(({ outcome }) => outcome !== "not-applicable");
  const assessed = applicable.filter(({ outcome }) => outcome === "pass" || outcome === "fail");
  return { assessed: assessed.length, applicable: applicable.length, total };
}

function notTried(input: ResultInput): Result["notTried"] {
  return input.catalogue.flatMap(({ id }) => {
    if (!input.checks.some((check) => check.id === id)) {
      return [{ id, reason: "this version has no check for it" }];
    }
    return input.selected?.includes(id) === false ? [{ id, reason: "not selected" }] : [];
  });
}

function unexpectedOutcomes(
  topology: Topology,
  assessed: readonly Assessed[],
): readonly UnexpectedOutcome[] {
  return assessed.flatMap(({ id, outcome }) => {
    const expected = topology.expect[id];
    return expected === undefined || expected === outcome ? [] : [{ id, expected, outcome }];
  });
}
