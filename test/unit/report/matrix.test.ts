import { expect, test } from "vitest";
import {
  type Drill,
  type DrillRow,
  drillMatrix,
  renderMatrix,
} from "../../../src/report/matrix.ts";

const baseline = {
  "VM-VN-R1": "pass",
  "VM-MP-R3": "pass",
  "VM-TM-R1": "pass",
} as const;

function drill(...rows: readonly Partial<DrillRow>[]): Drill {
  return {
    lab: "three-tier",
    startedAt: "2026-03-04T05:06:07.000Z",
    baseline,
    rows: rows.map((row) => ({
      defect: "vlan-surplus",
      breaks: ["VM-VN-R1"],
      alsoAffects: [],
      outcomes: { ...baseline, "VM-VN-R1": "fail" },
      ...row,
    })),
  };
}

const alsoMirror = [{ recommendation: "VM-TM-R1", why: "the mirror sees flooded frames" }];

test("a defect that breaks exactly what it says agrees", () => {
  expect(drillMatrix(drill({})).agrees).toBe(true);
});

test.each<[string, Partial<DrillRow>]>([
  ["what it breaks still passes", { outcomes: baseline }],
  ["what it breaks is inconclusive", { outcomes: { ...baseline, "VM-VN-R1": "inconclusive" } }],
  ["what it breaks was not assessed", { outcomes: { "VM-MP-R3": "pass" } }],
  [
    "another recommendation fails too",
    { outcomes: { ...baseline, "VM-VN-R1": "fail", "VM-TM-R1": "fail" } },
  ],
  [
    "another one became inconclusive",
    { outcomes: { ...baseline, "VM-VN-R1": "fail", "VM-TM-R1": "inconclusive" } },
  ],
  ["what it says to affect kept its outcome", { alsoAffects: alsoMirror }],
  ["it could not be taken back", { error: "vlan 66 is still on tor1:hv2" }],
])("it differs when %s", (_, row) => {
  const matrix = drillMatrix(drill({}, row));
  expect(matrix.rows.map((each) => each.agrees)).toEqual([true, false]);
  expect(matrix.agrees).toBe(false);
  expect(renderMatrix(matrix)).toContain("1 of 2 defects changed exactly what they say");
});

test("it agrees when what it says to affect changed", () => {
  const outcomes = { ...baseline, "VM-VN-R1": "fail", "VM-TM-R1": "inconclusive" } as const;
  expect(drillMatrix(drill({ alsoAffects: alsoMirror, outcomes })).agrees).toBe(true);
});

test("what failed before cannot show that the defect broke it", () => {
  const before = { ...drill({}), baseline: { ...baseline, "VM-VN-R1": "fail" as const } };
  expect(drillMatrix(before).agrees).toBe(false);
});

test("what was not assessed is neither: the row can still agree", () => {
  const matrix = drillMatrix(drill({ outcomes: { "VM-VN-R1": "fail" } }));
  expect(matrix.agrees).toBe(true);
  expect(matrix.rows[0]?.cells.map((cell) => cell.agreement)).toEqual([
    "agrees",
    "untried",
    "untried",
  ]);
});

test("a drill without defects has shown nothing", () => {
  expect(drillMatrix(drill()).agrees).toBe(false);
});

test("the text for people is as reviewed", async () => {
  const matrix = drillMatrix(
    drill(
      {},
      {
        defect: "mirror-ingress-only",
        breaks: ["VM-TM-R1"],
        outcomes: { "VM-VN-R1": "pass", "VM-TM-R1": "fail" },
      },
      {
        defect: "vlan-filtering-off",
        alsoAffects: alsoMirror,
        outcomes: { "VM-VN-R1": "fail", "VM-MP-R3": "inconclusive", "VM-TM-R1": "fail" },
      },
      { defect: "recable", breaks: ["VM-MP-R3"], outcomes: {}, error: "hv1:p1 has no cable" },
    ),
  );
  await expect(renderMatrix(matrix)).toMatchFileSnapshot("golden/matrix.txt");
});
