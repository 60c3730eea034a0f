import { expect, test } from "vitest";
import { renderJunit } from "../../../src/report/junit.ts";
import { parseXml, type XmlElement } from "./parse-xml.ts";
import { finding, sample } from "./sample-result.ts";

function suite(document: XmlElement, name: string): XmlElement {
  const found = document.children.find((child) => child.attributes["name"] === name);
  if (found === undefined) throw new Error(`no suite ${name}`);
  return found;
}

function verdicts(element: XmlElement): readonly (readonly [string | undefined, string])[] {
  return element.children
    .filter((child) => child.name === "testcase")
    .map((child) => {
      const verdict = child.children.find((inner) => inner.name !== "system-out");
      return [child.attributes["name"], verdict?.name ?? "passed"] as const;
    });
}

test("the JUnit report is as reviewed", async () => {
  await expect(renderJunit(sample)).toMatchFileSnapshot("golden/junit.xml");
});

test("each outcome has its element, passes are there too", () => {
  const document = parseXml(renderJunit(sample));
  expect(verdicts(suite(document, "VM-VN-R1"))).toEqual([
    ["tor1:hv1", "passed"],
    ["tor2:hv1", "passed"],
    ["tor1:hv2", "failure"],
  ]);
  expect(verdicts(suite(document, "VM-MP-R3")).map(([, verdict]) => verdict)).toEqual([
    "passed",
    "error",
  ]);
  expect(verdicts(suite(document, "VM-TM-R1"))).toEqual([["VM-TM-R1", "error"]]);
  expect(verdicts(suite(document, "VM-FW-R2"))).toEqual([["VM-FW-R2", "skipped"]]);
  expect(verdicts(suite(document, "reachability")).map(([, verdict]) => verdict)).toEqual([
    "passed",
    "failure",
    "skipped",
    "passed",
  ]);
});

test("totals are those of the elements", () => {
  const document = parseXml(renderJunit(sample));
  const cases = document.children.flatMap(verdicts).map(([, verdict]) => verdict);
  const count = (verdict: string): string =>
    String(cases.filter((other) => other === verdict).length);
  expect(document.attributes).toMatchObject({
    tests: String(cases.length),
    failures: count("failure"),
    errors: count("error"),
    skipped: count("skipped"),
  });
  expect(document.attributes["failures"]).toBe("2");
});

test("a failed advisory recommendation is a failure only when strict", () => {
  const verdict = (strict: boolean): string | undefined =>
    verdicts(suite(parseXml(renderJunit(sample, { strict })), "VM-MP-R1"))[0]?.[1];
  expect(verdict(false)).toBe("passed");
  expect(verdict(true)).toBe("failure");
});

test("names are neutralised, unique, and come back as they were shown", () => {
  const name = `</testcase><x a="1">&'\u0000\u001b[2J\ufffe`;
  const document = parseXml(
    renderJunit({
      ...sample,
      lab: name,
      recommendations: [
        {
          id: "VM-VN-R1",
          level: "required",
          outcome: "fail",
          score: 0,
          reason: name,
          findings: [finding(name, "fail"), finding(name, "pass")],
          observations: [],
        },
      ],
    }),
  );
  const shown = `</testcase><x a="1">&'\\x00\\x1b[2J\\ufffe`;
  expect(document.attributes["name"]).toBe(shown);
  expect(verdicts(suite(document, "VM-VN-R1"))).toEqual([
    [shown, "failure"],
    [`${shown} #2`, "passed"],
  ]);
});

test("the parser of these tests refuses what is not XML", () => {
  expect(parseXml('<a b="c">d</a>').attributes).toEqual({ b: "c" });
  for (const bad of [
    "<a>",
    "<a></b>",
    "<a>&nbsp;</a>",
    '<a b="1" b="2"/>',
    "<a/><b/>",
    "<a>\u0000</a>",
  ]) {
    expect(() => parseXml(bad), bad).toThrow(SyntaxError);
  }
});
