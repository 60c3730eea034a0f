import type { Finding, Outcome } from "./finding.ts";

/** `fail` if any finding fails, else `error`, else `inconclusive`, else `pass`; nothing found is inconclusive. */
export function outcomeOf(findings: readonly Finding[]): Outcome {
  const has = (outcome: Outcome): boolean =>
    findings.some((finding) => finding.outcome === outcome);
  if (has("fail")) return "fail";
  if (has("error")) return "error";
  return has("inconclusive") || !has("pass") ? "inconclusive" : "pass";
}

/** passed / (passed + failed), null where there is neither. */
export function scoreOf(findings: readonly Finding[]): number | null {
  const passed = findings.filter(({ outcome }) => outcome === "pass").length;
  const failed = findings.filter(({ outcome }) => outcome === "fail").length;
  return passed + failed === 0 ? null : passed / (passed + failed);
}

/** Arithmetic mean of what is there, null for nothing. */
export function meanOf(scores: readonly (number | null)[]): number | null {
  const known = scores.filter((score) => score !== null);
  if (known.length === 0) return null;
  return known.reduce((sum, score) => sum + score, 0) / known.length;
}

/** One sentence: how many, and the first of the worst. */
export function reasonOf(findings: readonly Finding[]): string {
  const outcome = outcomeOf(findings);
  const equal = findings.filter((finding) => finding.outcome === outcome);
  const [first] = equal;
  if (first === undefined) return "nothing was found";
  if (outcome === "pass") return `all ${equal.length} findings pass`;
  const words = { fail: "fail", error: "ended in error" }[outcome as string] ?? "are inconclusive";
  return `${equal.length} of ${findings.length} findings ${words}: ${first.subject}: ${first.observed}`;
}
