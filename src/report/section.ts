import type { Finding, Observation, Outcome } from "../score/finding.ts";
import type { Result } from "../score/result.ts";

/** What every format shows the same way: the recommendations, and the reachability matrix as if it were one. */
export type Section = {
  readonly id: string;
  readonly level: "required" | "advisory";
  readonly outcome: Outcome;
  readonly score: number | null;
  readonly reason: string;
  /** Every failing finding is waived. */
  readonly waived?: boolean;
  readonly findings: readonly Finding[];
  readonly observations: readonly Observation[];
};

/** The sections of a report in their order; reachability comes last. */
export function sectionsOf(result: Result): readonly Section[] {
  const { reachability } = result;
  if (reachability === undefined) return result.recommendations;
  return [...result.recommendations, { id: "reachability", level: "required", ...reachability }];
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

/** `until 2026-12-31: reason`, `EXPIRED on 2026-01-31, no longer holds: reason`. */
export function waiverText({ state, expires, reason }: Result["waivers"][number]): string {
  const when = state === "expired" ? `EXPIRED on ${expires}, no longer holds` : `until ${expires}`;
  return `${when}: ${reason}${state === "unused" ? " (matches no failing finding)" : ""}`;
}
