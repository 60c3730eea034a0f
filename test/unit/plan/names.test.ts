import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { derivedMac, ownershipMark } from "../../../src/plan/mark.ts";
import { freeName, listPoints, locatePoint, nameParts } from "../../../src/plan/names.ts";
import { planTopology } from "../../../src/plan/plan-topology.ts";
import type { Topology } from "../../../src/topology/topology.ts";
import { threeTier } from "./three-tier.ts";

/** The topology with hv1's and web1's names, and hv1's NICs' and virtual switch's, chosen freely. */
function named(names: {
  readonly workload: string;
  readonly nic: string;
  readonly bond: string;
  readonly virtual: string;
}): Topology {
  const { workload: web1, nic: p0, bond: bond0, virtual: vs0 } = names;
  const chosen: Readonly<Record<string, string>> = { web1, p0, bond0, vs0 };
  const text = JSON.stringify(threeTier()).replaceAll(/"(web1|p0|bond0|vs0)"/g, (_, name) =>
    JSON.stringify(chosen[name]),
  );
  return JSON.parse(text) as Topology;
}

const word = fc.stringMatching(/^[a-z][a-z0-9-]{0,39}$/);
/** Few words, so that names meet each other and the kernel's own. */
const fewWords = fc.constantFrom(
  "lo",
  "all",
  "vs0-1",
  "app1-eth0",
  "bond0",
  "x".repeat(30),
  `${"x".repeat(30)}y`,
);
const anyName = fc.oneof(word, fewWords);
const anyNames = fc
  .record({ workload: anyName, nic: anyName, bond: anyName, virtual: anyName })
  .filter(
    ({ workload, nic, bond }) =>
      nic !== bond &&
      nic !== "p1" &&
      bond !== "p1" &&
      !/^(app[12]|ids1|printer|gw|hv[12]|tor[12])$/.test(workload),
  );

describe("kernel names", () => {
  test("fit, are unique in their namespace, and are none of the kernel's own", () => {
    fc.assert(
      fc.property(anyNames, (names) => {
        for (const interfaces of nameParts(named(names)).interfaces.values()) {
          const values = [...interfaces.values()];
          expect(new Set(values).size).toBe(values.length);
          for (const value of values) {
            expect(value).toMatch(/^[A-Za-z0-9_.-]{1,15}$/);
            expect(["lo", "all", "default", "."]).not.toContain(value);
          }
        }
      }),
      { numRuns: 100 },
    );
  });

  test("names and alternative names together are unique in their namespace", () => {
    fc.assert(
      fc.property(anyNames, (names) => {
        const links = planTopology(named(names)).filter((object) => object.kind === "link");
        for (const group of Map.groupBy(links, ({ namespace }) => namespace).values()) {
          const all = group.flatMap(({ name, altnames }) => [name, ...altnames]);
          expect(new Set(all).size).toBe(all.length);
        }
      }),
      { numRuns: 50 },
    );
  });

  test("are the topology's own where they fit", () => {
    const topology = threeTier();
    expect(locatePoint(topology, "hv1:p0")).toEqual({
      namespace: "lab-three-tier-hv1",
      interface: "p0",
    });
    expect(locatePoint(topology, "tor1:hv1")?.interface).toBe("hv1");
    expect(locatePoint(topology, "tor1:lag0")?.interface).toBe("lag0");
    expect(locatePoint(topology, "hv1:bond0")?.interface).toBe("bond0");
    expect(locatePoint(topology, "web1:eth0")).toEqual({
      namespace: "lab-three-tier-web1",
      interface: "eth0",
    });
    expect(locatePoint(topology, "hv1:web1:eth0")?.interface).toBe("web1-eth0");
    expect(locatePoint(topology, "gw:p0")?.interface).toBe("p0");
    expect(locatePoint(topology, "tor1.test:eth0")).toEqual({
      namespace: "lab-three-tier-tor1.test",
      interface: "eth0",
    });
  });

  test("are shortened where they do not, and stay the same when a neighbour goes", () => {
    const point = "hv2:a-rather-long-database-name:eth0";
    const name = locatePoint(threeTier(), point)?.interface;
    expect(name).toMatch(/^a-rather-[0-9a-f]{6}$/);
    const without = threeTier();
    const fewer = {
      ...without,
      workloads: without.workloads.filter((each) => each.name !== "app2"),
    };
    expect(locatePoint(fewer, point)?.interface).toBe(name);
  });

  test("a topology without a point has no place for it", () => {
    const topology = threeTier();
    for (const point of [
      "hv1:p9",
      "hv9:p0",
      "hv1",
      "",
      ":",
      "hv2:web1:eth0",
      "tor1:br0",
      "hv1:vs0",
    ]) {
      expect(locatePoint(topology, point)).toBeUndefined();
    }
  });

  test("every point listed is an interface of the plan", () => {
    const topology = threeTier();
    const links = new Set(
      planTopology(topology).flatMap((object) =>
        object.kind === "link" ? [`${object.namespace} ${object.name}`] : [],
      ),
    );
    const points = listPoints(topology);
    expect(points).toContain("hv1:web1:eth0");
    expect(new Set(points).size).toBe(points.length);
    for (const point of points) {
      const place = locatePoint(topology, point);
      expect(links).toContain(`${place?.namespace} ${place?.interface}`);
    }
  });

  test("a free name is found whatever is taken", () => {
    expect(freeName(["hv1", "hv1-p0"], new Set())).toBe("hv1");
    expect(freeName(["hv1", "hv1-p0"], new Set(["hv1"]))).toBe("hv1-p0");
    expect(freeName(["hv1", "hv1-p0"], new Set(["hv1", "hv1-p0"]))).toMatch(/^hv1-p0-[0-9a-f]{6}$/);
    expect(freeName(["x".repeat(20)], new Set())).toMatch(/^x{8}-[0-9a-f]{6}$/);
  });
});

describe("marks", () => {
  test("tell labs, namespaces and interfaces apart", () => {
    const marks = [
      ownershipMark("a", "lab-a-b", "eth0"),
      ownershipMark("b", "lab-a-b", "eth0"),
      ownershipMark("a", "lab-a-c", "eth0"),
      ownershipMark("a", "lab-a-b", "eth1"),
      ownershipMark("a", "lab-a-beth", "0"),
    ];
    expect(new Set(marks).size).toBe(marks.length);
    for (const mark of marks) expect(mark).toMatch(/^lab-o-[0-9a-f]{16}$/);
  });

  test("derived MAC addresses are unicast and locally administered", () => {
    expect(derivedMac("a", "lab-a-b", "eth0")).toMatch(/^06(:[0-9a-f]{2}){5}$/);
  });
});
