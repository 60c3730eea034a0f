import { describe, expect, test } from "vitest";
import type { Change } from "../../../src/change/change.ts";
import type { LabObject, LinkObject } from "../../../src/plan/object.ts";
import { partition } from "../../../src/plan/partition.ts";
import { machineOf, machinesOf, wiresOf } from "../../../src/plan/placement.ts";
import { planChange } from "../../../src/plan/plan-change.ts";
import { planTopology } from "../../../src/plan/plan-topology.ts";
import { parseTopology } from "../../../src/topology/parse.ts";
import type { Topology } from "../../../src/topology/topology.ts";

/** A team of hv1 at two switches, one of which is on another machine. */
function teamWith(placed: Readonly<Record<string, string>>): Topology {
  const machine = (node: string): string =>
    placed[node] === undefined ? "" : `machine: ${placed[node]}, `;
  const text = `
name: t
vlans: { web: { id: 10, ipv4: 10.0.0.0/24 } }
switches:
  s1: { ${machine("s1")}ports: { h: { trunk: [web] }, s2: { trunk: [web] } } }
  s2: { ${machine("s2")}ports: { h: { trunk: [web] }, s1: { trunk: [web] } } }
hosts:
  hv1:
    { ${machine("hv1")}nics: [p0, p1], bonds: { b0: [p0, p1] }, switches: { v: { uplink: b0, portGroups: [web] } } }
workloads:
  w: { host: hv1, portGroup: web }
links: [[s1:h, hv1:p0], [s2:h, hv1:p1], [s1:s2, s2:s1]]
`;
  const parsed = parseTopology(text, "t.yml");
  if (!("topology" in parsed)) throw new Error(JSON.stringify(parsed.diagnostics));
  return parsed.topology;
}

const alone = teamWith({});
const spread = teamWith({ s2: "far" });

const ofType = (objects: readonly LabObject[], type: LinkObject["type"]): readonly LinkObject[] =>
  objects.filter((object): object is LinkObject => object.kind === "link" && object.type === type);

describe("placement", () => {
  test("without a word everything is on one machine and nothing is a wire", () => {
    expect(machinesOf(alone)).toEqual(["main"]);
    expect(wiresOf(alone)).toEqual([]);
    expect(ofType(planTopology(alone), "wire")).toEqual([]);
  });

  test("a workload and a test station are where their host and switch are", () => {
    const topology = teamWith({ hv1: "left", s2: "far" });
    expect(machineOf(topology, "w")).toBe("left");
    expect(machineOf(topology, "s2.test")).toBe("far");
    expect(machineOf(topology, "s1.test")).toBe("main");
  });

  test("cables between machines are wires with equal numbers, all others stay veth pairs", () => {
    expect(wiresOf(spread)).toEqual([
      { number: 0, machines: ["far", "main"] },
      { number: 1, machines: ["main", "far"] },
    ]);
    const wires = ofType(planTopology(spread), "wire").map(
      (link) => `${link.namespace} ${link.name} ${link.type === "wire" ? link.wire : ""}`,
    );
    expect(wires.sort()).toEqual([
      "lab-t-hv1 p1 0",
      "lab-t-s1 s2 1",
      "lab-t-s2 h 0",
      "lab-t-s2 s1 1",
    ]);
    const count = (topology: Topology): number => ofType(planTopology(topology), "veth").length;
    expect(count(spread)).toBe(count(alone) - wires.length);
  });

  test("each machine gets its own part, and no part of a cable is anywhere else", () => {
    const objects = planTopology(spread);
    const parts = partition(spread, objects, (node) => machineOf(spread, node));
    expect(parts.map(({ machine }) => machine).sort()).toEqual(["far", "main"]);
    expect(parts.flatMap((part) => part.objects)).toHaveLength(objects.length);
  });

  test("wires differ from veth pairs in nothing but their type and far end", () => {
    const described = (topology: Topology): readonly string[] =>
      planTopology(topology)
        .map((object) => {
          if (object.kind !== "link") return JSON.stringify(object);
          const { namespace, name, mtu, mac, master, up, altnames } = object;
          return JSON.stringify({ namespace, name, mtu, mac, master, up, altnames });
        })
        .sort();
    expect(described(spread)).toEqual(described(alone));
  });
});

describe("changes across machines", () => {
  const plan = (topology: Topology, change: Change) =>
    planChange(topology, planTopology(topology), change);

  test("a switch that fails sets its ends of wires down too", () => {
    const down = plan(spread, { kind: "switch-down", switch: "s2" });
    expect(down.map(({ object }) => (object.kind === "link" ? object.name : ""))).toEqual(
      expect.arrayContaining(["h", "s1"]),
    );
    expect(down).toHaveLength(plan(alone, { kind: "switch-down", switch: "s2" }).length);
  });

  test("a cable that leads to another machine is blocked at the switch's end", () => {
    const at = { node: "hv1", port: "p1" };
    const [operation] = plan(spread, { kind: "silent-block", at });
    expect(operation?.object).toMatchObject({ kind: "block", namespace: "lab-t-s2", link: "h" });
  });

  test("a NIC cannot be cabled from one machine to another while the lab runs", () => {
    const change: Change = { kind: "recable", nic: { node: "hv1", port: "p0" }, to: "s2" };
    expect(() => plan(spread, change)).toThrow(/leads to another machine/);
    expect(plan(alone, change).length).toBeGreaterThan(0);
  });
});
