import { expect, test } from "vitest";
import { renderPicture } from "../../../src/report/picture.ts";
import { reachabilityGrid } from "../../../src/report/reachability-grid.ts";
import { parseXml, type XmlElement } from "./parse-xml.ts";
import { finding, sample } from "./sample-result.ts";

function elements(element: XmlElement): readonly XmlElement[] {
  return [element, ...element.children.flatMap(elements)];
}

test("the picture is XML, has every recommendation, the score and the coverage", () => {
  const all = elements(parseXml(renderPicture(sample)));
  const texts = all.filter(({ name }) => name === "text").map(({ text }) => text);
  expect(texts).toEqual(expect.arrayContaining(sample.recommendations.map(({ id }) => id)));
  expect(texts).toContain("0.83");
  expect(texts.some((text) => text.includes("3 of 5 applicable"))).toBe(true);
});

test("nothing is outside the page", () => {
  const root = parseXml(renderPicture(sample));
  const width = Number(root.attributes["width"]);
  const height = Number(root.attributes["height"]);
  for (const { name, attributes } of elements(root)) {
    if (name !== "rect" && name !== "text") continue;
    expect(Number(attributes["x"] ?? 0) + Number(attributes["width"] ?? 0)).toBeLessThanOrEqual(
      width,
    );
    expect(Number(attributes["y"] ?? 0) + Number(attributes["height"] ?? 0)).toBeLessThanOrEqual(
      height,
    );
  }
});

test("it loads nothing and runs nothing", () => {
  const hostile = finding('x" onload="alert(1)', "fail", { observed: "<script>alert(1)</script>" });
  const picture = renderPicture({
    ...sample,
    lab: "<script>",
    reachability: {
      outcome: "fail",
      score: 0,
      reason: "<b>",
      observations: [],
      findings: [{ ...hostile, subject: "<a> -> <b> tcp/1" }],
    },
  });
  const all = elements(parseXml(picture));
  expect(new Set(all.map(({ name }) => name))).toEqual(
    new Set(["svg", "rect", "text", "g", "title", "line"]),
  );
  expect(all.flatMap(({ attributes }) => Object.keys(attributes))).not.toContain("onload");
  expect(picture.replace('xmlns="http://www.w3.org/2000/svg"', "")).not.toMatch(/https?:|url\(/);
});

test("the worst of several findings decides a cell of the grid", () => {
  const grid = reachabilityGrid([
    finding("a:eth0 -> b:eth0 tcp/1", "pass"),
    finding("a:eth0 -> b:eth0 tcp/1", "inconclusive"),
    finding("not a pair", "fail"),
  ]);
  expect(grid?.rows).toEqual(["a:eth0"]);
  expect(grid?.cell("a:eth0", "b:eth0 tcp/1")?.outcome).toBe("inconclusive");
  expect(grid?.cell("b:eth0", "b:eth0 tcp/1")).toBeUndefined();
  expect(reachabilityGrid([finding("not a pair", "fail")])).toBeUndefined();
});
