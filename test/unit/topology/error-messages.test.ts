import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { formatDiagnostic } from "../../../src/topology/diagnostic.ts";
import { parseTopology } from "../../../src/topology/parse.ts";

/*
 * Each NAME.yml has faults, and NAME.txt every word said about them; NAME.ok.yml is its twin without them and has to be
 * accepted. `UPDATE_GOLDEN=1` writes the texts anew; read the difference before you commit it.
 */
const folder = join(import.meta.dirname, "../../golden/errors");
const files = readdirSync(folder).filter((file) => file.endsWith(".yml"));
const faulty = files.filter((file) => !file.endsWith(".ok.yml"));
// biome-ignore lint/style/noProcessEnv: a switch for people who change messages.
const update = process.env["UPDATE_GOLDEN"] === "1";

function messages(file: string): string {
  const result = parseTopology(readFileSync(join(folder, file), "utf8"), file);
  if (!("diagnostics" in result)) return "";
  return result.diagnostics.map((fault) => `${formatDiagnostic(fault)}\n`).join("");
}

describe("faults of a topology file", () => {
  test("there are many", () => expect(faulty.length).toBeGreaterThan(40));

  test.each(faulty)("%s is refused with these words", (file) => {
    const golden = join(folder, file.replace(/\.yml$/, ".txt"));
    const text = messages(file);
    if (update) writeFileSync(golden, text);
    expect(text).not.toBe("");
    expect(text).toBe(readFileSync(golden, "utf8"));
  });

  test.each(faulty)("the twin of %s is accepted", (file) => {
    expect(messages(file.replace(/\.yml$/, ".ok.yml"))).toBe("");
  });

  test("no fault is said twice, and all are in the order of the file", () => {
    for (const file of faulty) {
      const lines = messages(file).trimEnd().split("\n");
      expect(new Set(lines).size).toBe(lines.length);
      const positions = lines.map((line) => line.split(":").slice(1, 3).map(Number));
      const sorted = positions.toSorted(([a = 0, b = 0], [c = 0, d = 0]) => a - c || b - d);
      expect(positions).toEqual(sorted);
    }
  });
});
