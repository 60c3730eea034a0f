import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { diff } from "../../../src/plan/diff.ts";
import type { LabObject } from "../../../src/plan/object.ts";
import { inverse } from "../../../src/plan/operation.ts";
import { planTopology } from "../../../src/plan/plan-topology.ts";
import type { Topology } from "../../../src/topology/topology.ts";
import { interfaceAddress } from "../../../src/units/ip.ts";
import { milliseconds } from "../../../src/units/milliseconds.ts";
import { vlanId } from "../../../src/units/vlan-id.ts";
import { differences, simulate } from "./simulate.ts";
import { threeTier } from "./three-tier.ts";

type Edit = { readonly name: string; readonly edit: (topology: Topology) => Topology };

/** Changes a user makes to a file; any of them may meet any other. */
const edits: readonly Edit[] = [
  {
    name: "a workload goes",
    edit: (t) => ({ ...t, workloads: t.workloads.filter(({ name }) => name !== "app1") }),
  },
  {
    name: "a workload moves",
    edit: (t) => ({
      ...t,
      workloads: t.workloads.map((each) =>
        each.name === "app1" ? { ...each, host: "hv2" } : each,
      ),
    }),
  },
  {
    name: "bonds change their mode",
    edit: (t) => ({
      ...t,
      hosts: t.hosts.map((host) => ({
        ...host,
        bonds: host.bonds.map(({ primary: _, ...bond }) => ({
          ...bond,
          mode: "802.3ad" as const,
          monitor: { kind: "mii" as const, interval: milliseconds(50) },
        })),
      })),
    }),
  },
  {
    name: "a bond loses its NIC to another switch",
    edit: (t) => ({
      ...t,
      links: t.links.map((link) =>
        link.a.node === "hv1" && link.a.port === "p1"
          ? { ...link, b: { node: "tor2", port: "spare" } }
          : link,
      ),
    }),
  },
  {
    name: "addresses change",
    edit: (t) => ({
      ...t,
      workloads: t.workloads.map((each) => ({
        ...each,
        vnics: each.vnics.map((vnic) =>
          vnic.addresses.length > 0 && each.name === "web1"
            ? { ...vnic, addresses: [interfaceAddress("10.0.10.200/24")] }
            : vnic,
        ),
      })),
    }),
  },
  {
    name: "VLANs change",
    edit: (t) => ({
      ...t,
      switches: t.switches.map((each) => ({
        ...each,
        ports: each.ports.map((port) => ({
          ...port,
          vlans: { ...port.vlans, tagged: [...port.vlans.tagged, vlanId(30)] },
        })),
      })),
    }),
  },
  {
    name: "a group of ports dissolves",
    edit: (t) => ({
      ...t,
      switches: t.switches.map((each) => ({
        ...each,
        lags: [],
        stp: true,
        ports: each.ports.map(({ lag: _, ...port }) => port),
      })),
    }),
  },
  { name: "the router goes", edit: (t) => withoutRouter(t) },
  {
    name: "a firewall changes",
    edit: (t) => ({
      ...t,
      routers: t.routers.map((each) => ({ ...each, firewall: { policy: "accept", rules: [] } })),
    }),
  },
  { name: "mirrors go", edit: (t) => withoutMirrors(t) },
];

function withoutRouter(topology: Topology): Topology {
  const links = topology.links.filter(({ a }) => a.node !== "gw");
  return { ...topology, routers: [], links };
}

function withoutMirrors(topology: Topology): Topology {
  const hosts = topology.hosts.map((host) => ({
    ...host,
    switches: host.switches.map((each) => ({ ...each, mirrors: [] })),
  }));
  return { ...topology, hosts };
}

const state = fc
  .subarray([...edits])
  .map((chosen) => planTopology(chosen.reduce((t, { edit }) => edit(t), threeTier())));

describe("diff", () => {
  test("of a state and itself is nothing", () => {
    fc.assert(
      fc.property(state, (objects) => diff(objects, objects).length === 0),
      { numRuns: 20 },
    );
  });

  test("of two states leads from one to the other, and its inverse backwards leads back", () => {
    fc.assert(
      fc.property(state, state, (to, from) => {
        const operations = diff(to, from);
        const reached = simulate(from, operations);
        expect(differences(to, reached)).toEqual([]);
        const back = simulate(reached, operations.map(inverse).toReversed());
        expect(differences(from, back)).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  test("makes everything from nothing and leaves nothing", () => {
    const objects = planTopology(threeTier());
    const made = simulate([], diff(objects, []));
    expect(differences(objects, made)).toEqual([]);
    expect(simulate(made, diff([], made))).toEqual([]);
  });

  test.each(edits)("does something when $name, and nothing to other nodes", ({ edit }) => {
    const operations = diff(planTopology(edit(threeTier())), planTopology(threeTier()));
    expect(operations.length).toBeGreaterThan(0);
    expect(operations.some(({ object }) => object.namespace === "lab-three-tier-app2")).toBe(false);
  });

  test("takes what the kernel fills in for what was not said", () => {
    const desired = planTopology(threeTier());
    const actual = desired.map(
      (object): LabObject =>
        object.kind === "link" && object.type === "loopback"
          ? { ...object, mac: "00:00:00:00:00:00", mtu: 65_536 }
          : object,
    );
    expect(diff(desired, actual)).toEqual([]);
  });

  test("does not ask again for a key that the kernel does not have", () => {
    const desired = planTopology(threeTier());
    const isOptional = (object: LabObject) => object.kind === "sysctl" && object.optional === true;
    expect(desired.filter(isOptional).length).toBeGreaterThan(0);
    expect(
      diff(
        desired,
        desired.filter((object) => !isOptional(object)),
      ),
    ).toEqual([]);
    expect(diff(desired, []).filter(({ object }) => isOptional(object)).length).toBeGreaterThan(0);
  });

  test("makes a bond anew for another mode, and its members stay", () => {
    const edit = edits.find(({ name }) => name.startsWith("bonds"))?.edit;
    const operations = diff(
      planTopology(edit?.(threeTier()) ?? threeTier()),
      planTopology(threeTier()),
    );
    const acts = operations
      .filter(({ object }) => object.namespace === "lab-three-tier-hv1" && object.kind === "link")
      .map(({ act, object }) => `${act} ${object.kind === "link" ? object.name : ""}`);
    expect(acts).toEqual(["set p1", "set p0", "delete bond0", "create bond0", "set p0", "set p1"]);
  });
});
