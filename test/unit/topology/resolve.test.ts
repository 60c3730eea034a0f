import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { formatDiagnostic } from "../../../src/topology/diagnostic.ts";
import { parseTopology } from "../../../src/topology/parse.ts";
import type { Topology, Workload } from "../../../src/topology/topology.ts";

function topologyOf(text: string): Topology {
  const result = parseTopology(text, "t.yml");
  if ("topology" in result) return result.topology;
  throw new Error(result.diagnostics.map(formatDiagnostic).join("\n"));
}

function workload(topology: Topology, name: string): Workload {
  const found = topology.workloads.find((each) => each.name === name);
  if (found === undefined) throw new Error(`no workload ${name}`);
  return found;
}

function addressesOf(topology: Topology, name: string): readonly string[] {
  return workload(topology, name).vnics.flatMap((vnic) =>
    vnic.addresses.map((each) => `${each.address}/${each.prefixLength}`),
  );
}

const two = `
name: two
vlans: { web: { id: 10, ipv4: 10.10.0.0/24, ipv6: fd00:10::/64 } }
switches: { s1: { ports: { a: web, b: web, c: web } } }
workloads:
  a: {}
  b: { addresses: [10.10.0.9] }
links: [[s1:a, a], [s1:b, b]]
`;

describe("what is left out is filled in", () => {
  test("addresses of each family the VLAN has, inside it, unless given", () => {
    const topology = topologyOf(two);
    expect(addressesOf(topology, "a")).toEqual([
      expect.stringMatching(/^10\.10\.0\.\d+\/24$/),
      expect.stringMatching(/^fd00:10::[0-9a-f]+\/64$/),
    ]);
    expect(addressesOf(topology, "b")[0]).toBe("10.10.0.9/24");
    expect(addressesOf(topology, "b")).toHaveLength(2);
  });

  test("the same from the same text, and unmoved when the file grows", () => {
    const grown = two
      .replace("  a: {}", "  z: {}\n  a: {}")
      .replace("[s1:a, a]", "[s1:c, z], [s1:a, a]");
    expect(topologyOf(two)).toEqual(topologyOf(two));
    expect(workload(topologyOf(grown), "a")).toEqual(workload(topologyOf(two), "a"));
  });

  test("no addresses where [] says so", () => {
    expect(addressesOf(topologyOf(two.replace("a: {}", "a: { addresses: [] }")), "a")).toEqual([]);
  });

  test("MAC addresses: local, unicast, one for each port, others in another lab", () => {
    const names = Array.from({ length: 300 }, (_, index) => `w${index}`);
    const many = (name: string): readonly string[] =>
      topologyOf(
        `name: ${name}\nworkloads:\n${names.map((each) => `  ${each}: {}\n`).join("")}`,
      ).workloads.flatMap((each) => each.vnics.map((vnic) => vnic.mac));
    const [one, other] = [many("one"), many("other")];
    expect(new Set([...one, ...other]).size).toBe(600);
    for (const mac of one) expect(mac).toMatch(/^02:/);
  });

  test("a full network gives every one of its addresses once", () => {
    const names = Array.from({ length: 253 }, (_, index) => `w${index}`);
    const topology = topologyOf(`
name: full
vlans: { web: { id: 10, ipv4: 10.10.0.0/24 } }
hosts: { hv1: { switches: { vs0: { portGroups: [web] } } } }
workloads:
  fixed: { host: hv1, portGroup: web, addresses: [10.10.0.77] }
${names.map((name) => `  ${name}: { host: hv1, portGroup: web }`).join("\n")}
`);
    const all = topology.workloads.flatMap((each) => addressesOf(topology, each.name));
    expect(new Set(all).size).toBe(254);
  });
});

const host = `
name: host
vlans: { management: { id: 5, ipv4: 10.5.0.0/24 }, web: 10, app: 20, top: 4094 }
overlays: { red: { vni: 5000, ipv4: 172.16.0.0/24 } }
hosts:
  hv1:
    nics: [p0, p1]
    management: { vlan: management, switch: vs0 }
    vtep: management
    switches:
      vs0:
        uplink: p0
        portGroups: { web: web, also-web: 10, red: red, quiet: internal }
      vs1: { uplink: p1, portGroups: { lan: untagged } }
      vs2: { portGroups: [app] }
workloads:
  r1: { host: hv1, portGroup: red }
`.replace("vtep: management", "vtep: { vlan: management, switch: vs0 }");

describe("virtual switches", () => {
  const [hv1] = topologyOf(host).hosts;
  const [vs0, vs1, vs2] = hv1?.switches ?? [];

  test("the uplink carries what port groups, management and end point need", () => {
    expect(vs0?.uplinkVlans).toEqual({ mode: "trunk", tagged: [5, 10] });
    expect(vs2?.uplinkVlans).toEqual({ mode: "trunk", tagged: [] });
  });

  test("groups without a VLAN get ids from 4094 downwards that no VLAN of the file has", () => {
    expect(vs0?.portGroups).toEqual([
      { name: "web", vlan: 10, bridgeVlan: 10 },
      { name: "also-web", vlan: 10, bridgeVlan: 10 },
      { name: "red", overlay: "red", bridgeVlan: 4093 },
      { name: "quiet", bridgeVlan: 4092 },
    ]);
    expect(vs1?.portGroups).toEqual([{ name: "lan", bridgeVlan: 4093 }]);
    expect(vs1?.uplinkVlans).toEqual({ mode: "access", tagged: [], untagged: 4093 });
  });

  test("the file has the last word on the uplink", () => {
    const wrong = host.replace(
      "uplink: p0",
      "uplink: p0\n        uplinkVlans: { trunk: [5, 10, 20], native: 20 }",
    );
    expect(topologyOf(wrong).hosts[0]?.switches[0]?.uplinkVlans).toEqual({
      mode: "trunk",
      tagged: [5, 10],
      untagged: 20,
    });
  });

  test("an end point in the management VLAN uses the management address", () => {
    expect(hv1?.vtep?.address).toEqual(hv1?.management?.address);
    expect(hv1?.vtep?.port).toBe(4789);
  });
});

const routed = `
name: routed
vlans: { web: { id: 10, ipv4: 10.10.0.0/24 }, app: { id: 20, ipv4: 10.20.0.0/24 } }
switches:
  s1: { ports: { a: web, gw: { trunk: all }, gw2: { trunk: all } }, interfaces: { web: 10.10.0.5 } }
workloads: { a: {} }
routers:
  gw: { nics: [p0], interfaces: [web, app] }
links: [[s1:a, a], [s1:gw, gw:p0]]
`;

describe("default routes", () => {
  const routesOf = (text: string): readonly string[] =>
    workload(topologyOf(text), "a").routes.map((route) => `${route.destination} ${route.via}`);

  test("through the one node that routes in the segment; a switch with one address does not", () => {
    expect(routesOf(routed)).toEqual(["0.0.0.0/0 10.10.0.1"]);
  });

  test("none where two do", () => {
    const both = routed
      .replace("links:", "  gw2: { nics: [p0], interfaces: [web] }\nlinks:")
      .replace("[s1:gw, gw:p0]", "[s1:gw, gw:p0], [s1:gw2, gw2:p0]");
    expect(routesOf(both)).toEqual([]);
    expect(
      routesOf(routed.replace("{ web: 10.10.0.5 }", "{ web: 10.10.0.5, app: 10.20.0.5 }")),
    ).toEqual([]);
  });

  test("none where the file says so, and the one it names", () => {
    expect(routesOf(routed.replace("a: {}", "a: { gateway: none }"))).toEqual([]);
    expect(routesOf(routed.replace("a: {}", "a: { gateway: 10.10.0.5 }"))).toEqual([
      "0.0.0.0/0 10.10.0.5",
    ]);
  });
});

describe("reachability", () => {
  const rules = (tail: string): Topology["reachability"] =>
    topologyOf(`
name: reach
workloads:
  a: { addresses: [10.0.0.1/24], tier: web, labels: { tenant: 1 } }
  b: { addresses: [10.0.0.2/24], tier: web, labels: { tenant: 2 } }
  c: { addresses: [10.0.0.3/24], tier: db }
  d: {}
reachability: ${tail}
`).reachability;

  test("labels select, all of them together", () => {
    const { allowed } = rules(
      "{ allowed: [{ from: { tier: web, tenant: 2 }, to: { tier: db } }] }",
    );
    expect(allowed).toEqual([{ from: ["b"], to: ["c"], service: "any", position: "8:27" }]);
  });

  test("default: forbidden speaks of every pair that no rule speaks of", () => {
    const { forbidden } = rules(
      "{ allowed: [{ from: { tier: web }, to: c }], default: forbidden }",
    );
    expect(forbidden.map(({ from, to }) => [from, to])).toEqual([
      [["a"], ["b"]],
      [["b"], ["a"]],
      [["c"], ["a", "b"]],
    ]);
  });

  test("nothing is judged unless said", () => {
    expect(rules("{ allowed: [] }")).toEqual({ allowed: [], forbidden: [] });
  });
});

describe("topologies/three-tier.yml", () => {
  const file = join(import.meta.dirname, "../../../topologies/three-tier.yml");
  const topology = topologyOf(readFileSync(file, "utf8"));

  test("db is not carried to hv1", () => {
    for (const device of topology.switches) {
      const carried = device.ports.find((port) => port.name === "hv1")?.vlans.tagged;
      expect(carried).toEqual([5, 10, 20]);
    }
    expect(topology.hosts[0]?.switches[0]?.uplinkVlans.tagged).toEqual([5, 10, 20]);
  });

  test("each bond asks one target behind each switch", () => {
    for (const node of [...topology.hosts, ...topology.routers]) {
      expect(node.bonds[0]?.monitor).toEqual({
        kind: "arp",
        interval: 150,
        targets: ["10.5.0.2", "10.5.0.3"],
        validate: "all",
      });
    }
  });

  test("analyzers have no address; everybody else has one of each family and a gateway for it", () => {
    for (const each of topology.workloads) {
      const [vnic] = each.vnics;
      expect(vnic?.analyzer).toBe(each.name.startsWith("ids"));
      expect(vnic?.addresses).toHaveLength(vnic?.analyzer === true ? 0 : 2);
      expect(each.routes).toHaveLength(vnic?.analyzer === true ? 0 : 2);
    }
  });
});
