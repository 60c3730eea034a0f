import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { loadCommands } from "../../src/cli/commands.ts";
import { parseTopology } from "../../src/topology/parse.ts";

const readme = readFileSync("README.md", "utf8");

describe("the README", () => {
  it("explains a topology that is right", () => {
    const [, example = ""] = /```yaml\n([\s\S]*?)```/.exec(readme) ?? [];
    const parsed = parseTopology(example, "README.md");
    expect("diagnostics" in parsed ? parsed.diagnostics : []).toEqual([]);
    expect(example).toContain("name:");
  });

  it("names only commands that there are", async () => {
    const named = [...readme.matchAll(/(?:npx |`)lab ([a-z]+)/g)].map(([, name]) => name);
    const known = (await loadCommands()).map(({ name }) => name);
    expect(named.length).toBeGreaterThan(8);
    expect(named.filter((name) => !known.includes(name ?? ""))).toEqual([]);
  });

  it("links only to files that there are", () => {
    const links = [...readme.matchAll(/\]\(([^)#]+)\)/g)].map(([, path = ""]) => path);
    expect(links.length).toBeGreaterThan(5);
    expect(links.filter((path) => !existsSync(path))).toEqual([]);
  });
});
