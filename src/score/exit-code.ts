import type { Outcome } from "./finding.ts";
import type { Result } from "./result.ts";

/**
 * Contract 1: 1 where a required recommendation (or the reachability matrix) failed and is not waived, with `strict` an
 * advisory one too; else 4 for an error, 3 for an inconclusive one or nothing assessed, 0 where all passed.
 */
export function exitCodeOf(
  result: Result,
  options: { readonly strict?: boolean } = {},
): 0 | 1 | 3 | 4 {
  const counted = [
    ...result.recommendations.filter(
      ({ level }) => level === "required" || options.strict === true,
    ),
    ...(result.reachability === undefined ? [] : [result.reachability]),
  ];
  const has = (wanted: Outcome): boolean => counted.some(({ outcome }) => outcome === wanted);
  if (counted.some(({ outcome, waived }) => outcome === "fail" && waived !== true)) return 1;
  if (has("error")) return 4;
  const hidden = counted.some(({ waived, findings }) => waived === true && hasDoubt(findings));
  if (has("inconclusive") || hidden) return 3;
  return has("pass") || has("fail") ? 0 : 3;
}

/** A waived failure does not speak for what was left open beside it. */
function hasDoubt(findings: readonly { readonly outcome: Outcome }[]): boolean {
  return findings.some(({ outcome }) => outcome === "inconclusive" || outcome === "error");
}
