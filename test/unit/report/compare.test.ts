import { expect, test } from "vitest";
import { baselineExit, compareResults, renderComparison } from "../../../src/report/compare.ts";
import type { Finding, Outcome } from "../../../src/score/finding.ts";
import type { RecommendationResult, Result } from "../../../src/score/result.ts";
import { finding, sample } from "./sample-result.ts";

function result(
  recommendations: readonly Partial<RecommendationResult>[],
  more: Partial<Result> = {},
): Result {
  const { reachability: _, ...base } = sample;
  return {
    ...base,
    recommendations: recommendations.map((recommendation) => ({
      id: "VM-VN-R1",
      level: "required",
      outcome: "pass",
      score: 1,
      reason: "",
      findings: [],
      observations: [],
      ...recommendation,
    })),
    ...more,
  };
}

function vlans(
  first: Outcome,
  second: Outcome,
  level: "required" | "advisory" = "required",
): Result {
  const outcomes = [first, second];
  const outcome =
    (["fail", "error", "inconclusive"] as const).find((worst) => outcomes.includes(worst)) ??
    "pass";
  return result([
    { level, outcome, findings: [finding("tor1:hv1", first), finding("tor1:hv2", second)] },
  ]);
}

test("nothing changed: nothing new, exit 0, also when something fails as before", () => {
  const comparison = compareResults(sample, structuredClone(sample));
  expect(comparison.outcomes).toEqual([]);
  expect(comparison.appeared).toEqual([]);
  expect(comparison.gone).toEqual([]);
  expect(baselineExit(comparison)).toBe(0);
});

test("a new failure beside a known one is new", () => {
  const comparison = compareResults(vlans("fail", "pass"), vlans("fail", "fail"));
  expect(comparison.outcomes).toEqual([]);
  expect(comparison.appeared.map(({ subject }) => subject)).toEqual(["tor1:hv2"]);
  expect(baselineExit(comparison)).toBe(1);
});

test("a mended failure is gone and no reason to fail", () => {
  const comparison = compareResults(vlans("fail", "pass"), vlans("pass", "pass"));
  expect(comparison.outcomes).toMatchObject([{ before: "fail", after: "pass" }]);
  expect(comparison.gone.map(({ subject }) => subject)).toEqual(["tor1:hv1"]);
  expect(baselineExit(comparison)).toBe(0);
});

test.each([
  ["fail", 1],
  ["error", 4],
  ["inconclusive", 3],
] as const)("a new %s exits with %i", (outcome, code) => {
  expect(baselineExit(compareResults(vlans("pass", "pass"), vlans("pass", outcome)))).toBe(code);
});

test("a failure is told before an error, an error before what is inconclusive", () => {
  const exit = (first: Outcome, second: Outcome): number =>
    baselineExit(compareResults(vlans("pass", "pass"), vlans(first, second)));
  expect(exit("error", "fail")).toBe(1);
  expect(exit("inconclusive", "error")).toBe(4);
});

test("advisory ones count only when strict", () => {
  const comparison = compareResults(
    vlans("pass", "pass", "advisory"),
    vlans("pass", "fail", "advisory"),
  );
  expect(baselineExit(comparison)).toBe(0);
  expect(baselineExit(comparison, { strict: true })).toBe(1);
});

test("a recommendation that ended in error without any finding is new", () => {
  const after = result([{ outcome: "error" }]);
  expect(baselineExit(compareResults(result([{ outcome: "pass" }]), after))).toBe(4);
  expect(baselineExit(compareResults(after, after))).toBe(0);
});

test("a verdict that got lost is told: not applicable any more, or not in the result", () => {
  const before = vlans("pass", "pass");
  expect(baselineExit(compareResults(before, result([{ outcome: "not-applicable" }])))).toBe(3);
  const without = compareResults(before, result([]));
  expect(without.outcomes).toMatchObject([{ before: "pass", after: "absent" }]);
  expect(baselineExit(without)).toBe(3);
});

test("a waived failure is closed; without its waiver it is new", () => {
  const waived = { reason: "known", expires: "2026-03-31" };
  const seen = (more: Partial<Finding>): Result =>
    result([{ outcome: "fail", findings: [finding("tor1:hv2", "fail", more)] }]);
  expect(compareResults(seen({ waived }), seen({ waived })).appeared).toEqual([]);
  const comparison = compareResults(seen({ waived }), seen({}));
  expect(comparison.appeared.map(({ subject }) => subject)).toEqual(["tor1:hv2"]);
  expect(baselineExit(comparison)).toBe(1);
});

test("a new failure that is waived is not new, although the outcome changed", () => {
  const waived = { reason: "known", expires: "2026-03-31" };
  const after = result([
    { outcome: "fail", waived: true, findings: [finding("tor1:hv1", "fail", { waived })] },
  ]);
  expect(baselineExit(compareResults(result([{ outcome: "pass" }]), after))).toBe(0);
});

test("a count in the observed text is no change", () => {
  const seen = (observed: string): Result =>
    result([{ outcome: "fail", findings: [finding("tor1:hv1", "fail", { observed })] }]);
  expect(compareResults(seen("3 frames"), seen("4 frames")).appeared).toEqual([]);
});

test("the text for people is as reviewed", async () => {
  const after: Result = {
    ...vlans("fail", "inconclusive"),
    score: 0.5,
    topologyDigest: "sha256:other",
  };
  await expect(renderComparison(compareResults(sample, after))).toMatchFileSnapshot(
    "golden/compare.txt",
  );
});
