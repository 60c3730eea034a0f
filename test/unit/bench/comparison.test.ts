import { expect, test } from "vitest";
import { type Comparison, cellsOf, isMet } from "../../../bench/comparison.ts";
import { addressesFor, requireShape, sampleOf, topologyFor } from "../../../bench/network-shape.ts";
import { parseTopology } from "../../../src/topology/parse.ts";

function comparison(more: Partial<Comparison>): Comparison {
  return { what: "up", unit: "s", ours: 1, theirs: 3, rival: "them", goal: 3, ...more };
}

test("of seconds less is better, of a rate more is", () => {
  expect(isMet(comparison({}))).toBe(true);
  expect(isMet(comparison({ ours: 1.01 }))).toBe(false);
  expect(isMet(comparison({ unit: "/s", ours: 30, theirs: 10 }))).toBe(true);
  expect(isMet(comparison({ unit: "/s", ours: 10, theirs: 30 }))).toBe(false);
});

test("at most twice as slow is a goal of a half", () => {
  expect(isMet(comparison({ ours: 2, theirs: 1, goal: 0.5 }))).toBe(true);
  expect(isMet(comparison({ ours: 2.1, theirs: 1, goal: 0.5 }))).toBe(false);
  expect(isMet(comparison({ ours: Number.NaN }))).toBe(false);
});

test("both raw figures stand in the line", () => {
  expect(cellsOf(comparison({ theirs: 2.5 }))).toEqual([
    ...["up", "them", "1.00 s", "2.50 s", "2.50 x", "3.00 x", "MISSED"],
  ]);
});

test("times are not compared when what was built differs", () => {
  const addresses = addressesFor(300);
  const right = { namespaces: 300, ports: 300, addresses: addresses.toReversed() };
  expect(() => requireShape("us", right, addresses)).not.toThrow();
  expect(() => requireShape("us", { ...right, ports: 299 }, addresses)).toThrow("299 bridge ports");
  expect(() => requireShape("us", { ...right, namespaces: 1 }, addresses)).toThrow("1 namespaces");
  const other = ["10.9.9.9/16", ...addresses.slice(1)];
  expect(() => requireShape("us", { ...right, addresses: other }, addresses)).toThrow("addresses");
});

test("addresses and sampled pairs are distinct, one bridge is enough", () => {
  const addresses = addressesFor(1000);
  expect(new Set(addresses).size).toBe(1000);
  expect(() => addressesFor(1025)).toThrow(RangeError);
  for (const [from, to] of sampleOf(addresses, 10)) expect(addresses[from]).not.toBe(`${to}/16`);
});

test("the lab accepts the generated topology", () => {
  const result = parseTopology(topologyFor("bench-300-1", addressesFor(300)), "bench.yml");
  expect(result).toMatchObject({ topology: { name: "bench-300-1" } });
});
