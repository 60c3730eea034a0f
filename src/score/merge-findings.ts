import type { Finding, Outcome } from "./finding.ts";

/** From the worst; a subject is as bad as its worst look. */
const order: readonly Outcome[] = ["fail", "error", "inconclusive", "pass", "not-applicable"];

function worse(left: Finding, right: Finding): Finding {
  return order.indexOf(right.outcome) < order.indexOf(left.outcome) ? right : left;
}

/** One finding for each subject, in order of first appearance: several looks at one thing are one result. */
export function mergeFindings(findings: readonly Finding[]): readonly Finding[] {
  const groups = Map.groupBy(findings, ({ subject }) => subject);
  return [...groups.values()].map((group) => mergeGroup(group));
}

function mergeGroup(group: readonly Finding[]): Finding {
  const worst = group.reduce(worse);
  if (group.length === 1) return worst;
  const equal = group.filter(({ outcome }) => outcome === worst.outcome);
  const expected = [...new Set(group.map((finding) => finding.expected))].join("; ");
  const observed = [...new Set(equal.map((finding) => finding.observed))].join("; ");
  const evidence = equal.flatMap((finding) => finding.evidence);
  const unique = new Map(evidence.map((reference) => [JSON.stringify(reference), reference]));
  const filters = [...new Set(equal.flatMap(({ filter }) => filter ?? []))];
  return {
    ...worst,
    expected,
    observed,
    evidence: [...unique.values()],
    ...(filters.length < 2 ? {} : { filter: filters.map((one) => `(${one})`).join(" || ") }),
  };
}
