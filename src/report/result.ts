import type { Finding, Observation, Outcome } from "../score/finding.ts";

/** The result document, `result.json` of a run directory (contract 2; additive only). */
export type Result = {
  readonly schemaVersion: 1;
  readonly toolVersion: string;
  readonly lab: string;
  /** `sha256:` and 64 hexadecimal digits of the topology file as used. */
  readonly topologyDigest: string;
  readonly machines: readonly MachineSummary[];
  /** ISO 8601 with zone: `2026-01-02T03:04:05.000Z`. */
  readonly startedAt: string;
  /** 0 to 1, mean over required recommendations; null when none was scored. Never shown without `coverage`. */
  readonly score: number | null;
  readonly coverage: Coverage;
  readonly recommendations: readonly RecommendationResult[];
  /** Absent when the topology states no intended reachability. */
  readonly reachability?: ReachabilityResult;
  /** All waivers of the topology, those that match nothing too. */
  readonly waivers?: readonly WaiverRecord[];
};

export type MachineSummary = {
  readonly name: string;
  readonly kind: string;
  readonly kernel?: string;
  /** Why this machine was chosen, one line. */
  readonly reason?: string;
};

/** Counts of recommendations; `assessed <= applicable <= total`. */
export type Coverage = {
  readonly assessed: number;
  readonly applicable: number;
  readonly total: number;
};

export type RecommendationResult = {
  readonly id: string;
  readonly title?: string;
  readonly level: "required" | "advisory";
  readonly outcome: Outcome;
  readonly score: number | null;
  readonly reason: string;
  readonly findings: readonly Finding[];
  readonly observations: readonly Observation[];
};

export type ReachabilityResult = {
  readonly outcome: Outcome;
  readonly reason?: string;
  readonly findings: readonly Finding[];
};

export type WaiverRecord = {
  readonly recommendation: string;
  /** A finding's subject, or `*`. */
  readonly subject: string;
  readonly reason: string;
  /** Last day it holds: `2026-12-31`. */
  readonly expires: string;
};

/** What every format shows the same way: the recommendations, and the reachability matrix as if it were one. */
export type Section = {
  readonly id: string;
  readonly title?: string;
  readonly level: "required" | "advisory";
  readonly outcome: Outcome;
  readonly score: number | null;
  readonly reason: string;
  readonly findings: readonly Finding[];
  readonly observations: readonly Observation[];
};

function passedShare(findings: readonly Finding[]): number | null {
  const passed = findings.filter((finding) => finding.outcome === "pass").length;
  const failed = findings.filter((finding) => finding.outcome === "fail").length;
  return passed + failed === 0 ? null : passed / (passed + failed);
}

/** The sections of a report in their order; reachability comes last. */
export function sectionsOf(result: Result): readonly Section[] {
  const { reachability } = result;
  if (reachability === undefined) return result.recommendations;
  return [
    ...result.recommendations,
    {
      id: "reachability",
      level: "required",
      outcome: reachability.outcome,
      score: passedShare(reachability.findings),
      reason: reachability.reason ?? countFindings(reachability.findings),
      findings: reachability.findings,
      observations: [],
    },
  ];
}

/** `12 pass, 1 fail`. */
export function countFindings(findings: readonly Finding[]): string {
  const order: readonly Outcome[] = ["pass", "fail", "error", "inconclusive", "not-applicable"];
  const counts = order
    .map((outcome) => ({
      outcome,
      count: findings.filter((finding) => finding.outcome === outcome).length,
    }))
    .filter(({ count }) => count > 0);
  return counts.map(({ outcome, count }) => `${count} ${outcome}`).join(", ") || "no findings";
}
