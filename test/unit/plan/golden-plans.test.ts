import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  goldenFileOf,
  goldenPlan,
  plansFolder,
  topologiesFolder,
} from "../../golden/plans/golden-plan.ts";

const files = readdirSync(topologiesFolder).filter((file) => file.endsWith(".yml"));

describe("the plan of every shipped topology", () => {
  test("there are topologies, and a golden plan for each and for nothing else", () => {
    expect(files.length).toBeGreaterThan(0);
    const goldens = readdirSync(plansFolder).filter((file) => file.endsWith(".txt"));
    expect(goldens).toEqual(files.map((file) => file.replace(/\.yml$/, ".txt")));
  });

  // After a wanted change: node_modules/.bin/node test/golden/plans/update.ts, and read the diff.
  test.each(files)("%s", (file) => {
    expect(goldenPlan(file)).toBe(readFileSync(goldenFileOf(file), "utf8"));
  });
});
