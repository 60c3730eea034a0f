import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";

const root = resolve(import.meta.dirname, "../..");
const decisions = (await readdir(join(root, "docs/decisions"))).map(
  (name) => `docs/decisions/${name}`,
);
const pages = ["CONTRIBUTING.md", "docs/architecture.md", "docs/errors.md", ...decisions];

/** Paths of the project that a page names in backticks; `<id>` stands for something, so those are left out. */
function pathsIn(text: string): readonly string[] {
  const named = [...text.matchAll(/`([^`\n]+)`/g)].map(([, name = ""]) => name);
  return named.filter((name) =>
    /^(src|checks|defects|docs|test|bench|bin|schema|topologies)\/[\w./-]*$/.test(name),
  );
}

test.each(pages)("%s names only what is there", async (page) => {
  const text = await readFile(join(root, page), "utf8");
  expect(pathsIn(text).filter((path) => !existsSync(join(root, path)))).toEqual([]);
});

test("paths are found where they are named", () => {
  expect(pathsIn("see `src/plan/nowhere.ts`, `npm test` and `checks/`")).toEqual([
    "src/plan/nowhere.ts",
    "checks/",
  ]);
});

test("decisions are numbered without a gap, and each says context, decision and consequences", async () => {
  const numbers = decisions.map((path) => Number(/\/(\d{4})-/.exec(path)?.[1])).sort();
  expect(numbers).toEqual(numbers.map((_, index) => index + 1));
  for (const path of decisions) {
    const text = await readFile(join(root, path), "utf8");
    for (const part of ["**Context.**", "**Decision.**", "**Consequences.**"]) {
      expect(text, path).toContain(part);
    }
  }
});
