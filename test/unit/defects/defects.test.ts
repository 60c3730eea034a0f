import { readdirSync } from "node:fs";
import { resolve } from "node:path";
import { expect, test } from "vitest";
import { checks } from "../../../checks/index.ts";
import { defects } from "../../../defects/index.ts";
import { threeTier } from "../checks/satisfy.ts";

const topology = threeTier();
const files = readdirSync(resolve(import.meta.dirname, "../../../defects"))
  .filter((name) => name !== "index.ts")
  .map((name) => name.replace(/\.ts$/, ""));

test("every file in defects/ is listed once under its own id", () => {
  expect(defects.map(({ id }) => id).sort()).toEqual(files.sort());
});

test("each recommendation with a check has at least four defects, the matrix has one", () => {
  for (const { id } of checks) {
    const own = defects.filter(({ breaks }) => breaks.includes(id));
    expect(own.length, id).toBeGreaterThanOrEqual(id === "reachability" ? 1 : 4);
  }
});

test("every defect fits the three-tier topology and says what it breaks, and why it touches others", () => {
  for (const defect of defects) {
    expect(defect.appliesTo(topology), defect.id).toBe(true);
    expect(defect.changes(topology), defect.id).toHaveLength(1);
    expect(defect.breaks.length, defect.id).toBeGreaterThan(0);
    for (const { id, why } of defect.alsoAffects) {
      expect(defect.breaks).not.toContain(id);
      expect(why.length).toBeGreaterThan(20);
    }
  }
});

test("none fits a topology without hosts and routers", () => {
  const empty = { ...topology, hosts: [], routers: [], workloads: [] };
  expect(defects.filter((defect) => defect.appliesTo(empty))).toEqual([]);
});

test("faults of a trunk sit where members stand by, in a VLAN that no stream uses", () => {
  const change = (id: string) => defects.find((defect) => defect.id === id)?.changes(topology)[0];
  const port = { node: "tor2", port: "hv1" };
  expect(change("trunk-vlan-missing")).toEqual({ kind: "port-vlan-remove", port, vlan: 20 });
  expect(change("trunk-vlan-surplus")).toEqual({ kind: "port-vlan-add", port, vlan: 30 });
  expect(change("team-on-one-switch")).toEqual({
    kind: "recable",
    nic: { node: "hv1", port: "p1" },
    to: "tor1",
  });
  expect(change("mirror-all-ports")).toMatchObject({ host: "hv2", mirror: "database" });
});
