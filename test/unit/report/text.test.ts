import { expect, test } from "vitest";
import { displayWidth } from "../../../src/report/table.ts";
import { renderText } from "../../../src/report/text.ts";
import { finding, sample } from "./sample-result.ts";

test("the report for people is as reviewed", async () => {
  await expect(renderText(sample)).toMatchFileSnapshot("golden/report.txt");
});

test("same input, same text", () => {
  expect(renderText(structuredClone(sample))).toBe(renderText(sample));
});

test("colours only when asked for, and they change nothing else", () => {
  const bare = renderText(sample, { width: 100, colour: false });
  const coloured = renderText(sample, { width: 100, colour: true });
  expect(bare).not.toContain("\u001b");
  expect(coloured).toContain("\u001b[31m");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character is what is taken out
  const stripped = coloured.replace(/\u001b\[\d+m/g, "");
  const trimmed = (text: string): readonly string[] =>
    text.split("\n").map((line) => line.trimEnd());
  expect(trimmed(stripped)).toEqual(trimmed(bare));
});

test.each([72, 100, 140])("only evidence lines are longer than %i columns", (width) => {
  const long = renderText(sample, { width, colour: false })
    .split("\n")
    .filter((line) => displayWidth(line) > width);
  expect(long.every((line) => line.includes("evidence") || line.startsWith("topology"))).toBe(true);
});

test("a failing frame is one line: path, recording, frames, filter", () => {
  const line = renderText(sample)
    .split("\n")
    .find((candidate) => candidate.includes("points/hv2.pcapng"));
  expect(line).toContain("tor1.test:eth0 > tor1:test > tor1:hv2 > hv2:p0");
  expect(line).toContain("points/hv2.pcapng frames 12-14, 57 at hv2:p0");
  expect(line).toContain("vlan.id == 66");
});

test("waivers are shown, those that hold beside the finding, expired ones loudly", () => {
  const text = renderText(sample);
  expect(text).toContain("waived    until 2026-06-30: migration until the summer");
  expect(text).toContain("Waivers (1 EXPIRED)");
  expect(text).toContain(
    "VM-VN-R1 tor1:hv2 EXPIRED on 2026-03-03, no longer holds: VLAN 66 is being moved",
  );
  expect(text).not.toContain("waived    until 2026-03-03");
});

test("what was not tried and what is not as expected is told", () => {
  const text = renderText(sample);
  expect(text).toContain("VM-VN-R2, VM-VN-R3: this version has no check for it");
  expect(text).toContain("VM-VN-R1: expected pass, is fail");
  expect(renderText({ ...sample, unexpected: [] })).not.toContain("Not as the topology file");
});

test("a failure that is waived as a whole is still called one", () => {
  const [first] = sample.recommendations;
  if (first === undefined) throw new Error("the sample is empty");
  const text = renderText({ ...sample, recommendations: [{ ...first, waived: true }] });
  expect(text).toContain("FAIL (waived)");
});

test("a recommendation that ended in error without a finding is told beside the findings", () => {
  expect(renderText(sample)).toContain(
    "Ended in error (1)\n  ERROR  VM-TM-R1\n    observed  the recorder at ids1:eth0 ended early",
  );
});

test("coverage stands beside the score, and a missing score is not a zero", () => {
  expect(renderText(sample)).toMatch(/score {5}0\.83; coverage: 3 of 5 applicable/);
  expect(renderText({ ...sample, score: null })).toMatch(/score {5}-; coverage/);
  expect(renderText({ ...sample, score: 0.9999 })).toContain("score     0.99;");
  expect(renderText({ ...sample, score: 1 })).toContain("score     1.00;");
});

test("what others wrote cannot steer the terminal", () => {
  const hostile = "evil\u001b[2J\u0007\u202epass\u0085\nsecond line";
  const text = renderText({
    ...sample,
    lab: hostile,
    recommendations: [
      {
        id: "VM-VN-R1",
        level: "required",
        outcome: "fail",
        score: 0,
        reason: hostile,
        findings: [
          finding(hostile, "fail", {
            expected: hostile,
            observed: hostile,
            remediation: hostile,
            path: hostile,
            evidence: [{ recording: hostile, sha256: "", point: hostile, frames: [1] }],
          }),
        ],
        observations: [{ subject: hostile, observed: hostile, evidence: [] }],
      },
    ],
    waivers: [
      {
        recommendation: "*",
        subject: hostile,
        reason: hostile,
        expires: "2026-12-31",
        state: "active",
      },
    ],
  });
  // biome-ignore lint/suspicious/noControlCharactersInRegex: none of them may be left
  expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
  expect(text).toContain("evil\\x1b[2J\\x07\\u202epass\\x85 second line");
});
