import { describe, expect, test } from "vitest";
import type { Change } from "../../../src/change/change.ts";
import type { LabObject } from "../../../src/plan/object.ts";
import { inverse, type Operation } from "../../../src/plan/operation.ts";
import { planChange } from "../../../src/plan/plan-change.ts";
import { planTopology } from "../../../src/plan/plan-topology.ts";
import { ipAddress } from "../../../src/units/ip.ts";
import { milliseconds } from "../../../src/units/milliseconds.ts";
import { vlanId } from "../../../src/units/vlan-id.ts";
import { differences, simulate } from "./simulate.ts";
import { threeTier } from "./three-tier.ts";

const topology = threeTier();
const actual = planTopology(topology);
const tor1 = "lab-three-tier-tor1";
const tor2 = "lab-three-tier-tor2";
const hv1 = "lab-three-tier-hv1";
const uplink = { node: "hv1", switch: "vs0", port: "uplink" };

const changes: readonly Change[] = [
  { kind: "switch-down", switch: "tor1" },
  { kind: "switch-silent", switch: "tor1" },
  { kind: "link-down", at: { node: "hv1", port: "p0" } },
  { kind: "link-down", at: { node: "gw", port: "p0" } },
  { kind: "silent-block", at: { node: "hv1", port: "p0" } },
  {
    kind: "port-vlans",
    port: { node: "tor1", port: "hv1" },
    vlans: { mode: "access", tagged: [], untagged: vlanId(7) },
  },
  { kind: "port-vlan-add", port: { node: "tor1", port: "hv1" }, vlan: vlanId(1), untagged: true },
  { kind: "port-vlan-add", port: uplink, vlan: vlanId(97) },
  { kind: "port-vlan-remove", port: { node: "tor1", port: "hv1" }, vlan: vlanId(98) },
  { kind: "port-vlan-remove", port: { node: "tor1", port: "tor2a" }, vlan: vlanId(10) },
  { kind: "test-trunk", switch: "tor1" },
  { kind: "vlan-filtering", bridge: { node: "tor1" }, on: false },
  { kind: "vlan-filtering", bridge: { node: "hv1", switch: "vs0" }, on: false },
  {
    kind: "bond-monitor",
    node: "hv1",
    bond: "bond0",
    monitor: { kind: "mii", interval: milliseconds(100) },
  },
  { kind: "recable", nic: { node: "hv1", port: "p0" }, to: "tor2" },
  { kind: "recable", nic: { node: "hv2", port: "p1" }, to: "tor1" },
  { kind: "recable", nic: { node: "gw", port: "p0" }, to: "tor2" },
  { kind: "mirror", host: "hv1", mirror: "ids", become: "ingress-only" },
  { kind: "mirror", host: "hv1", mirror: "ids", become: "egress-only" },
  { kind: "mirror", host: "hv1", mirror: "ids", become: "off" },
  { kind: "mirror", host: "hv1", mirror: "ids", become: "duplicate" },
  { kind: "mirror", host: "hv1", mirror: "ids", become: "all-ports" },
  { kind: "impairment", at: { node: "hv1", port: "p0" }, impairment: { loss: 10 } },
  { kind: "impairment", at: { node: "hv2", port: "p1" }, impairment: { rate: 1e6 } },
  { kind: "firewall-off", node: "gw" },
  { kind: "firewall-off", node: "a-rather-long-database-name", port: "eth0" },
  { kind: "address-remove", node: "web1", interface: "eth0" },
  { kind: "address-remove", node: "gw", interface: "p0.10" },
  { kind: "address-remove", node: "hv1", interface: "management" },
];

function plan(change: Change, from: readonly LabObject[] = actual): readonly Operation[] {
  return planChange(topology, from, change);
}

function stateAfter(change: Change): readonly LabObject[] {
  return simulate(actual, plan(change));
}

function acts(operations: readonly Operation[]): readonly string[] {
  return operations.map(({ act, object }) => {
    const name = "link" in object ? object.link : "name" in object ? object.name : "";
    return `${act} ${object.kind} ${object.namespace.replace("lab-three-tier-", "")} ${name}`;
  });
}

describe("planChange", () => {
  test.each(changes)("can be done, does something and can be taken back: %j", (change) => {
    const operations = plan(change);
    expect(operations.length).toBeGreaterThan(0);
    const reached = simulate(actual, operations);
    const back = simulate(reached, operations.map(inverse).toReversed());
    expect(differences(actual, back)).toEqual([]);
  });

  // A second mirror, VLAN or plug is a change again; a state reached is none.
  test.each(
    changes.filter(({ kind }) => !/^(firewall-off|address-remove|recable|mirror)$/.test(kind)),
  )("does nothing where the lab is already so: %j", (change) => {
    expect(plan(change, stateAfter(change))).toEqual([]);
  });

  test("starts from what the kernel has, not from the file", () => {
    const drifted = actual.map(
      (object): LabObject =>
        object.kind === "bridge-port" && object.namespace === tor1 && object.name === "hv1"
          ? { ...object, vlans: [{ vid: 66, end: 66, pvid: false, untagged: false }] }
          : object,
    );
    const [operation] = plan(
      { kind: "port-vlan-add", port: { node: "tor1", port: "hv1" }, vlan: vlanId(65) },
      drifted,
    );
    expect(operation?.object).toMatchObject({
      vlans: [{ vid: 65, end: 66, pvid: false, untagged: false }],
    });
  });

  test("a switch goes down with all its port devices and not its bridge", () => {
    expect(acts(plan({ kind: "switch-down", switch: "tor2" }))).toEqual(
      ["hv1", "hv2", "tor1a", "tor1b", "lab-test", "spare"].map((name) => `set link tor2 ${name}`),
    );
  });

  test("a silent switch neither hears nor speaks at any port", () => {
    const blocks = stateAfter({ kind: "switch-silent", switch: "tor2" }).filter(
      ({ kind }) => kind === "block",
    );
    expect(blocks).toHaveLength(6);
    for (const block of blocks) {
      expect(block).toMatchObject({ namespace: tor2, hooks: ["egress", "ingress"] });
    }
  });

  test.each([
    { node: "hv1", port: "p0" },
    { node: "tor1", port: "hv1" },
  ])("a cable is cut silently at the switch's end, named by either: %j", (at) => {
    const [operation] = plan({ kind: "silent-block", at });
    expect(operation?.object).toEqual({
      kind: "block",
      namespace: tor1,
      link: "hv1",
      hooks: ["egress", "ingress"],
    });
  });

  test("PVID 1 left on a trunk takes the place of no tagged VLAN", () => {
    const [operation] = plan({
      kind: "port-vlan-add",
      port: { node: "tor1", port: "printer" },
      vlan: vlanId(1),
      untagged: true,
    });
    expect(operation?.object).toMatchObject({
      vlans: [
        { vid: 1, end: 1, pvid: true, untagged: true },
        { vid: 10, end: 10, pvid: false, untagged: true },
      ],
    });
  });

  test("a VLAN in the middle of a range can be removed", () => {
    const trunk = stateAfter({ kind: "test-trunk", switch: "tor1" });
    const [operation] = plan(
      { kind: "port-vlan-remove", port: { node: "tor1", port: "lab-test" }, vlan: vlanId(100) },
      trunk,
    );
    expect(operation?.object).toMatchObject({
      vlans: [
        { vid: 1, end: 99 },
        { vid: 101, end: 4094 },
      ],
    });
  });

  test("a NIC keeps name, MAC and bond in its new port, and the old port stays without a cable", () => {
    const reached = stateAfter({ kind: "recable", nic: { node: "hv1", port: "p0" }, to: "tor2" });
    const link = (namespace: string, name: string) =>
      reached.find(
        (object) =>
          object.kind === "link" && object.namespace === namespace && object.name === name,
      );
    expect(link(hv1, "p0")).toMatchObject({
      master: "bond0",
      mac: "02:00:00:00:00:01",
      peer: { namespace: tor2, name: "hv1-p0" },
    });
    expect(link(tor2, "hv1-p0")).toMatchObject({
      master: "br0",
      up: true,
      peer: { namespace: hv1, name: "p0" },
    });
    expect(link(tor1, "hv1")).toMatchObject({ peer: { namespace: tor1, name: "hv1.nc" } });
    expect(link(tor1, "hv1.nc")).toMatchObject({ up: false });
    const ports = reached.filter((object) => object.kind === "bridge-port");
    const left = ports.find((port) => port.namespace === tor1 && port.name === "hv1");
    const entered = ports.find((port) => port.namespace === tor2 && port.name === "hv1-p0");
    expect(entered?.vlans).toEqual(left?.vlans);
    expect(entered?.vlans.length).toBeGreaterThan(0);
  });

  test("taking back a NIC from its new port twice leads home", () => {
    const once = stateAfter({ kind: "recable", nic: { node: "hv1", port: "p0" }, to: "tor2" });
    const twice = simulate(
      once,
      plan({ kind: "recable", nic: { node: "hv1", port: "p0" }, to: "tor1" }, once),
    );
    const nic = twice.find(
      (object) => object.kind === "link" && object.namespace === hv1 && object.name === "p0",
    );
    expect(nic).toMatchObject({ peer: { namespace: tor1, name: "hv1-p0" } });
    expect(
      twice.some(
        (object) => object.namespace === tor2 && "name" in object && object.name === "hv1-p0",
      ),
    ).toBe(false);
  });

  test("another monitor leaves the rest of a bond alone", () => {
    const monitor = {
      kind: "arp" as const,
      interval: milliseconds(50),
      targets: [ipAddress("10.0.99.2")],
      validate: "none" as const,
    };
    const operations = plan({ kind: "bond-monitor", node: "hv1", bond: "bond0", monitor });
    expect(operations).toHaveLength(1);
    expect(operations[0]?.object).toMatchObject({
      bond: {
        mode: "active-backup",
        primary: "p0",
        miimon: 0,
        arpInterval: 50,
        arpValidate: "none",
      },
    });
  });

  test("a mirror that duplicates makes a second copy of each direction", () => {
    const operations = plan({ kind: "mirror", host: "hv1", mirror: "ids", become: "duplicate" });
    expect(operations.map(({ act, object }) => [act, object])).toEqual(
      ["ingress", "egress"].map((hook) => [
        "create",
        {
          kind: "mirror",
          namespace: hv1,
          link: "web1-eth0",
          hook,
          to: "ids1-eth0",
          preference: 110,
        },
      ]),
    );
  });

  test("a mirror of all ports takes in the neighbours and not the analyzer", () => {
    const operations = plan({ kind: "mirror", host: "hv1", mirror: "ids", become: "all-ports" });
    expect(acts(operations)).toEqual([
      "create mirror hv1 app1-eth0",
      "create mirror hv1 app1-eth0",
    ]);
  });

  test("routes go with the address and come back with it", () => {
    expect(acts(plan({ kind: "address-remove", node: "web1", interface: "eth0" }))).toEqual([
      "delete route web1 ",
      "delete address web1 eth0",
      "delete address web1 eth0",
    ]);
  });

  test.each<Change>([
    { kind: "switch-down", switch: "tor9" },
    { kind: "silent-block", at: { node: "hv1", port: "p9" } },
    { kind: "firewall-off", node: "web1" },
    { kind: "mirror", host: "hv2", mirror: "ids", become: "off" },
    { kind: "address-remove", node: "ids1", interface: "eth0" },
    {
      kind: "bond-monitor",
      node: "hv1",
      bond: "p0",
      monitor: { kind: "mii", interval: milliseconds(1) },
    },
    { kind: "recable", nic: { node: "hv1", port: "p0" }, to: "tor3" },
  ])("says what is not there: %j", (change) => {
    expect(() => plan(change)).toThrow(/is not there to be changed/);
  });

  test("says so too of what the file has and the kernel lost", () => {
    const lost = actual.filter(
      (object) => !(object.kind === "link" && object.namespace === tor1 && object.name === "hv1"),
    );
    expect(() => plan({ kind: "silent-block", at: { node: "hv1", port: "p0" } }, lost)).toThrow(
      "the cable at",
    );
  });
});
