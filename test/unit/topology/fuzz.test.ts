import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseTopology } from "../../../src/topology/parse.ts";

const root = join(import.meta.dirname, "../../..");
const texts = ["topologies", "test/golden/errors"].flatMap((folder) =>
  readdirSync(join(root, folder))
    .filter((file) => file.endsWith(".yml") && !file.includes("bomb"))
    .map((file) => readFileSync(join(root, folder, file), "utf8")),
);

/** Either a topology, or at least one fault with a place in the text. */
function answers(text: string): void {
  const result = parseTopology(text, "f.yml");
  if ("topology" in result) return;
  expect(result.diagnostics.length).toBeGreaterThan(0);
  for (const fault of result.diagnostics) {
    expect(fault.line).toBeGreaterThanOrEqual(1);
    expect(fault.line).toBeLessThanOrEqual(text.split(/\r\n|\r|\n/).length + 1);
    expect(fault.column).toBeGreaterThanOrEqual(1);
    expect(fault.message).not.toMatch(/undefined|\[object|NaN/);
  }
}

const piece = fc.oneof(
  fc.constantFrom(
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "\n",
    "  ",
    "&a",
    "*a",
    "<<: *a",
    "- ",
    "null",
    "~",
  ),
  fc.constantFrom(
    "-1",
    "4095",
    "1e99",
    "web",
    "p0",
    "tor1:hv1",
    "true",
    "''",
    "!!binary x",
    "? x",
    "|",
    "__proto__",
  ),
  fc.string({ maxLength: 4 }),
);

/** A file with words replaced, taken out, or put where other words stood. */
const mutated = fc
  .tuple(
    fc.constantFrom(...texts),
    fc.array(fc.tuple(fc.nat(), fc.nat({ max: 12 }), piece), { minLength: 1, maxLength: 6 }),
  )
  .map(([text, edits]) =>
    edits.reduce((current, [at, length, inserted]) => {
      const start = at % (current.length + 1);
      return current.slice(0, start) + inserted + current.slice(start + length);
    }, text),
  );

/** A file whose scalars are swapped, so that it stays YAML and mostly of the right shape. */
const shuffled = fc
  .tuple(
    fc.constantFrom(...texts),
    fc.array(fc.tuple(fc.nat(), fc.nat()), { minLength: 1, maxLength: 8 }),
  )
  .map(([text, swaps]) => {
    const words = text.split(/([A-Za-z0-9_.:/-]+)/);
    for (const [a, b] of swaps) {
      const [i, j] = [a, b].map((n) => 1 + 2 * (n % Math.max(1, Math.floor(words.length / 2))));
      if (i === undefined || j === undefined) continue;
      [words[i], words[j]] = [words[j] ?? "", words[i] ?? ""];
    }
    return words.join("");
  });

describe("parseTopology never throws", () => {
  test("for mutated files", { timeout: 60_000 }, () => {
    fc.assert(fc.property(mutated, answers), { numRuns: 500 });
  });

  test("for files with swapped words", { timeout: 60_000 }, () => {
    fc.assert(fc.property(shuffled, answers), { numRuns: 500 });
  });

  test("for any text", { timeout: 60_000 }, () => {
    fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 200 }), answers), {
      numRuns: 500,
    });
  });

  test.each([
    ["brackets without end", "[".repeat(100_000)],
    ["maps without end", "a: {".repeat(20_000)],
    ["depth", `name: x\nworkloads: ${"{a: ".repeat(60)}1${"}".repeat(60)}`],
    ["a list at the root", "- a\n"],
    ["two documents", "name: a\n---\nname: b\n"],
    [
      "a prototype as a key",
      "name: a\n__proto__: { x: 1 }\nworkloads: { constructor: {}, toString: {} }\n",
    ],
    ["no text", ""],
    ["a byte order mark", "\uFEFFname: a\n"],
  ])("for %s", (_, text) => answers(text));
});
