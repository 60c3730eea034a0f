import { expect, test } from "vitest";
import { renderJson } from "../../../src/report/json.ts";
import { sample } from "./sample-result.ts";

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, held]) => [key, reversed(held)]),
  );
}

test("loses nothing", () => {
  expect(JSON.parse(renderJson(sample))).toEqual(sample);
});

test("the order of keys does not depend on how the value was built", () => {
  expect(renderJson(reversed(sample))).toBe(renderJson(sample));
});

test("keys come in the order of the contract, others after them", () => {
  const keys = Object.keys(JSON.parse(renderJson({ ...sample, added: 1 })));
  expect(keys).toEqual([
    "schemaVersion",
    "toolVersion",
    "lab",
    "topologyDigest",
    "machines",
    "startedAt",
    "score",
    "advisoryScore",
    "coverage",
    "recommendations",
    "reachability",
    "notTried",
    "waivers",
    "unexpected",
    "added",
  ]);
});

test("times in nanoseconds are text, absent values are left out", () => {
  expect(renderJson({ at: 12n, none: undefined })).toBe('{\n  "at": "12"\n}\n');
});
