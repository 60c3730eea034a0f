import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { chooseResults } from "../../../src/machine/results-directory.ts";
import { LabError } from "../../../src/units/lab-error.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "lab-results-"));
  vi.stubEnv("XDG_DATA_HOME", join(folder, "data"));
  vi.spyOn(process, "cwd").mockReturnValue(folder);
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

test("results go below the folder one is in", () => {
  expect(chooseResults(undefined)("net")).toBe("results/net");
});

test("where nothing can be written here, they go to the user's data folder", () => {
  writeFileSync(join(folder, "results"), "a file is in the way, for root too");
  expect(chooseResults(undefined)("net")).toBe(join(folder, "data/lab/results/net"));
});

test("a folder that was asked for is taken as it is, or refused before anything is done", () => {
  const asked = join(folder, "mine");
  expect(chooseResults(asked)("net")).toBe(asked);
  writeFileSync(asked, "");
  expect(() => chooseResults(join(asked, "below"))).toThrow(LabError);
});
