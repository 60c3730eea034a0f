import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, test } from "vitest";
import { parseTopology } from "../../../src/topology/parse.ts";

const root = join(import.meta.dirname, "../../..");
const schema = JSON.parse(readFileSync(join(root, "schema/topology.schema.json"), "utf8"));

function undescribed(part: unknown, path: string): readonly string[] {
  if (typeof part !== "object" || part === null) return [];
  return Object.entries(part).flatMap(([key, value]) => {
    const inside = undescribed(value, `${path}/${key}`);
    if (key !== "properties") return inside;
    const without = Object.entries(value as Record<string, { description?: string }>).filter(
      ([, property]) => (property.description ?? "").length < 10,
    );
    return [...inside, ...without.map(([name]) => `${path}/${key}/${name}`)];
  });
}

describe("schema/topology.schema.json", () => {
  test("is a strict schema of draft 2020-12", () => {
    expect(() =>
      new Ajv2020({ strict: true, allowUnionTypes: true }).compile(schema),
    ).not.toThrow();
  });

  test("describes every key, for editors", () => {
    expect(undescribed(schema, "")).toEqual([]);
    // The control: a key without a description is found.
    expect(undescribed({ properties: { a: { type: "string" } } }, "")).toEqual(["/properties/a"]);
  });

  test("has no anyOf or oneOf, whose faults nobody can read", () => {
    expect(JSON.stringify(schema)).not.toMatch(/"(anyOf|oneOf|allOf)"/);
  });
});

const shipped = readdirSync(join(root, "topologies")).filter((file) => file.endsWith(".yml"));
const outsideFolder = join(root, "test/e2e/outside");
const outside = readdirSync(outsideFolder).filter(
  (file) => file.endsWith(".yml") && !file.endsWith(".expect.yml"),
);

describe("topologies that come with the project", () => {
  test.each(shipped)("topologies/%s is accepted and states its outcomes", (file) => {
    const text = readFileSync(join(root, "topologies", file), "utf8");
    const result = parseTopology(text, file);
    if (!("topology" in result)) throw new Error(JSON.stringify(result.diagnostics, null, 1));
    expect(result.topology.name).toBe(file.replace(/\.yml$/, ""));
    expect(Object.keys(result.topology.expect)).toEqual(
      expect.arrayContaining(["VM-VN-R1", "VM-MP-R3", "VM-TM-R1", "reachability"]),
    );
    expect(text.split("\n")[0]).toBe(
      "# yaml-language-server: $schema=../schema/topology.schema.json",
    );
  });

  test.each(outside)("test/e2e/outside/%s is accepted", (file) => {
    const result = parseTopology(readFileSync(join(outsideFolder, file), "utf8"), file);
    if (!("topology" in result)) throw new Error(JSON.stringify(result.diagnostics, null, 1));
    expect(file.startsWith(result.topology.name)).toBe(true);
    const rules = [
      ...result.topology.reachability.allowed,
      ...result.topology.reachability.forbidden,
    ];
    expect(rules.length).toBeGreaterThan(0);
  });
});
