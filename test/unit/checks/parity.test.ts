import { readdirSync } from "node:fs";
import { resolve } from "node:path";
import { expect, test } from "vitest";
import { catalogue } from "../../../checks/catalogue.ts";
import { checks } from "../../../checks/index.ts";

const root = resolve(import.meta.dirname, "../../..");
const files = readdirSync(resolve(root, "checks"))
  .filter((name) => !["index.ts", "catalogue.ts"].includes(name))
  .map((name) => name.replace(/\.ts$/, ""));

test("every file in checks/ is listed once, under its own id, and has a test", () => {
  expect(checks.map(({ id }) => id.toLowerCase()).sort()).toEqual(files.sort());
  const tests = readdirSync(import.meta.dirname);
  for (const file of files) expect(tests).toContain(`${file}.test.ts`);
});

test("the catalogue has all thirteen recommendations, and no alias is taken for settled", () => {
  expect(catalogue).toHaveLength(13);
  expect(new Set(catalogue.map(({ id }) => id)).size).toBe(13);
  const aliases = catalogue.flatMap((entry) => entry.aliases);
  expect(aliases.every(({ verified }) => !verified)).toBe(true);
  for (const { id } of checks) {
    expect(id === "reachability" || catalogue.some((entry) => entry.id === id)).toBe(true);
  }
});
