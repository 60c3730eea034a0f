import { expect, test } from "vitest";
import { catalogue } from "../../../checks/catalogue.ts";
import { checks } from "../../../checks/index.ts";
import { assembleResult, type ResultInput } from "../../../src/score/assemble-result.ts";
import type { Check } from "../../../src/score/check.ts";
import { exitCodeOf } from "../../../src/score/exit-code.ts";
import type { Finding, Outcome } from "../../../src/score/finding.ts";
import { type Result, serialiseResult } from "../../../src/score/result.ts";
import { threeTier } from "../checks/satisfy.ts";

const topology = threeTier();

function finding(subject: string, outcome: Outcome): Finding {
  return { subject, outcome, expected: "e", observed: "o", evidence: [] };
}

function check(id: Check["id"], ...outcomes: readonly Outcome[]): Check {
  return {
    id,
    requires: ["bonding"],
    appliesTo: () => true,
    trials: () => [],
    evaluate: () => outcomes.map((outcome, index) => finding(`s${index}`, outcome)),
  };
}

function assemble(made: readonly Check[], more: Partial<ResultInput> = {}): Result {
  return assembleResult({
    toolVersion: "1",
    topology,
    topologyDigest: "sha256:0",
    machines: [],
    startedAt: "2026-06-01T00:00:00.000Z",
    checks: made,
    catalogue,
    evidence: [],
    ...more,
  });
}

test("outcome and score of a recommendation, score and coverage of the lab", () => {
  const result = assemble([
    check("VM-VN-R1", "pass", "pass", "pass", "fail"),
    check("VM-MP-R3", "pass", "inconclusive"),
    check("VM-MP-R1", "fail"),
    check("reachability", "pass"),
  ]);
  expect(result.recommendations.map(({ id, outcome, score }) => [id, outcome, score])).toEqual([
    ["VM-VN-R1", "fail", 0.75],
    ["VM-MP-R1", "fail", 0],
    ["VM-MP-R3", "inconclusive", 1],
  ]);
  expect(result.score).toBe(0.875);
  expect(result.advisoryScore).toBe(0);
  expect(result.coverage).toEqual({ assessed: 2, applicable: 3, total: 13 });
  expect(result.reachability?.outcome).toBe("pass");
  expect(result.notTried).toHaveLength(10);
  expect(result.unexpected.map(({ id }) => id)).toEqual(["VM-VN-R1", "VM-MP-R3"]);
});

test("the same input gives the same bytes, and those of the real checks parse", () => {
  const bytes = serialiseResult(assemble(checks));
  expect(serialiseResult(assemble(checks))).toBe(bytes);
  expect(JSON.parse(bytes)).toMatchObject({ schemaVersion: 1, lab: "three-tier", score: null });
});

test.each<[string, readonly Check[], number]>([
  ["all pass", [check("VM-VN-R1", "pass"), check("reachability", "pass")], 0],
  ["a required one fails", [check("VM-VN-R1", "fail"), check("VM-MP-R3", "error")], 1],
  ["the matrix fails", [check("VM-VN-R1", "pass"), check("reachability", "fail")], 1],
  ["an advisory one fails", [check("VM-VN-R1", "pass"), check("VM-MP-R1", "fail")], 0],
  ["one is inconclusive", [check("VM-VN-R1", "pass", "inconclusive")], 3],
  ["an error", [check("VM-VN-R1", "pass", "inconclusive", "error")], 4],
  ["nothing found", [check("VM-VN-R1")], 3],
  ["nothing assessed", [], 3],
])("exit code: %s", (_, made, code) => {
  expect(exitCodeOf(assemble(made))).toBe(code);
});

test("with strict an advisory failure counts", () => {
  const made = [check("VM-VN-R1", "pass"), check("VM-MP-R1", "fail")];
  expect(exitCodeOf(assemble(made), { strict: true })).toBe(1);
});

test("what does not apply, or needs what the machine lacks, says so and decides nothing", () => {
  const without: Check = { ...check("VM-TM-R1"), appliesTo: () => ({ reason: "no mirror" }) };
  const unmet = [{ feature: "bonding", reason: "no bonding here" }] as const;
  const result = assemble([without, check("VM-MP-R3", "fail")], { unmet });
  expect(result.recommendations.map(({ outcome, reason }) => [outcome, reason])).toEqual([
    ["not-applicable", "no bonding here"],
    ["not-applicable", "no mirror"],
  ]);
  expect(exitCodeOf(result)).toBe(3);
});

test("a lab that ended in error shows as error, not as pass", () => {
  const errors = [{ id: "VM-VN-R1", message: "the guest died" }] as const;
  const [only] = assemble([check("VM-VN-R1", "pass")], { errors }).recommendations;
  expect(only).toMatchObject({ outcome: "error", findings: [{}, { observed: "the guest died" }] });
});

test("a waiver keeps the outcome, is shown, and expires", () => {
  const waiver = {
    recommendation: "VM-VN-R1",
    subject: "s0",
    reason: "known",
    expires: "2026-06-01",
  };
  const waived = { ...topology, waivers: [waiver, { ...waiver, subject: "nobody" }] };
  const made = [check("VM-VN-R1", "fail", "pass")];
  const result = assemble(made, { topology: waived });
  expect(result.recommendations[0]).toMatchObject({ outcome: "fail", waived: true });
  expect(result.recommendations[0]?.findings[0]?.waived).toEqual({
    reason: "known",
    expires: "2026-06-01",
  });
  expect(result.waivers.map(({ state }) => state)).toEqual(["active", "unused"]);
  expect(exitCodeOf(result)).toBe(0);
  const later = assemble(made, { topology: waived, startedAt: "2026-06-02T00:00:00.000Z" });
  expect(later.waivers[0]?.state).toBe("expired");
  expect(exitCodeOf(later)).toBe(1);
  const partly = assemble([check("VM-VN-R1", "fail", "fail")], { topology: waived });
  expect(exitCodeOf(partly)).toBe(1);
  const doubtful = assemble([check("VM-VN-R1", "fail", "inconclusive")], { topology: waived });
  expect(exitCodeOf(doubtful)).toBe(3);
});

test("only selected checks are judged, the others are named", () => {
  const made = [check("VM-VN-R1", "pass"), check("VM-MP-R3", "fail")];
  const result = assemble(made, { selected: ["VM-VN-R1"] });
  expect(result.recommendations.map(({ id }) => id)).toEqual(["VM-VN-R1"]);
  expect(result.notTried).toContainEqual({ id: "VM-MP-R3", reason: "not selected" });
});
