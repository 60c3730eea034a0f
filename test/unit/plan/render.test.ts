import { describe, expect, test } from "vitest";
import type { Change } from "../../../src/change/change.ts";
import { diff } from "../../../src/plan/diff.ts";
import type { LabObject } from "../../../src/plan/object.ts";
import { inverse } from "../../../src/plan/operation.ts";
import { planOf } from "../../../src/plan/partition.ts";
import { planChange } from "../../../src/plan/plan-change.ts";
import { planTopology } from "../../../src/plan/plan-topology.ts";
import { renderOperation, renderOperations, renderPlan } from "../../../src/plan/render.ts";
import { milliseconds } from "../../../src/units/milliseconds.ts";
import { threeTier } from "./three-tier.ts";

const topology = threeTier();
const objects = planTopology(topology);
const text = renderPlan(planOf(topology, objects, () => "local"));
const lines = text.split("\n");

function change(what: Change): readonly string[] {
  return renderOperations(planChange(topology, objects, what));
}

describe("a plan in words", () => {
  test("says on which machine", () => {
    expect(lines[0]).toBe("# lab three-tier");
    expect(text).toMatch(/^# machine local: \d+ operations$/m);
  });

  test("has every parameter of a bond, and its primary member after the members", () => {
    const bond = lines.findIndex((line) => line.includes("hv1 link add bond0"));
    expect(lines[bond]).toBe(
      "ip -n lab-three-tier-hv1 link add bond0 address 02:00:00:00:00:03 mtu 1600 type bond mode active-backup arp_interval 100 arp_ip_target 10.0.99.1 arp_validate all",
    );
    const member = lines.indexOf("ip -n lab-three-tier-hv1 link set p0 master bond0");
    const primary = lines.indexOf("ip -n lab-three-tier-hv1 link set bond0 type bond primary p0");
    expect(bond).toBeGreaterThan(0);
    expect(member).toBeGreaterThan(bond);
    expect(primary).toBeGreaterThan(member);
  });

  test("makes a cable once and tells both ends", () => {
    const makings = lines.filter((line) => / type veth peer name (p0|hv1) /.test(line));
    expect(makings.filter((line) => line.includes("-hv1 ") && line.includes("-tor1"))).toEqual([
      "ip -n lab-three-tier-hv1 link add p0 address 02:00:00:00:00:01 mtu 1600 type veth peer name hv1 netns lab-three-tier-tor1",
    ]);
    expect(lines).toContain(
      "ip -n lab-three-tier-tor1 link set hv1 address 06:8c:8f:20:43:42 mtu 1600",
    );
  });

  test("brings links up after VLANs, rules and addresses, and before routes", () => {
    const last = (pattern: RegExp) => lines.findLastIndex((line) => pattern.test(line));
    const first = (pattern: RegExp) => lines.findIndex((line) => pattern.test(line));
    expect(first(/ link set \S+ up$/)).toBeGreaterThan(last(/ (vlan|address) add /));
    expect(first(/ link set \S+ up$/)).toBeGreaterThan(last(/^END$/));
    expect(first(/ route add /)).toBeGreaterThan(last(/ link set \S+ up$/));
  });

  test("leaves out no object", () => {
    for (const object of objects) {
      if (object.kind === "ruleset") expect(text).toContain(object.body);
      else
        expect(
          renderOperation({ act: "create", object }).length + Number(isSilent(object)),
        ).toBeGreaterThan(0);
      expect(text).toContain(object.namespace);
    }
  });

  test("has VXLAN, mirrors, impairments and services", () => {
    for (const line of [
      "ip -n lab-three-tier-hv1 link add vx5001 address 06:66:81:30:9b:1e mtu 1450 type vxlan id 5001 local 10.0.98.11 dstport 4789 nolearning ttl 64",
      "bridge -n lab-three-tier-hv1 fdb append 00:00:00:00:00:00 dev vx5001 dst 10.0.98.12 self permanent",
      "bridge -n lab-three-tier-hv1 fdb append 02:00:00:00:00:0a dev vx5001 dst 10.0.98.12 self permanent",
      "tc -n lab-three-tier-hv1 filter replace dev web1-eth0 ingress protocol all pref 10 matchall action mirred egress mirror dev ids1-eth0 continue",
      "tc -n lab-three-tier-tor2 qdisc replace dev hv2 root netem limit 10000 delay 2000us loss 0.5%",
      "# lab-three-tier-web1 listens on tcp/443, sending back what comes",
      "bridge -n lab-three-tier-tor1 vlan add dev br0 vid 99 self",
      "bridge -n lab-three-tier-hv1 vlan add dev web1-eth0 vid 10 pvid untagged",
    ]) {
      expect(lines).toContain(line);
    }
  });
});

describe("a change in words", () => {
  test("says only what differs", () => {
    expect(change({ kind: "test-trunk", switch: "tor1" })).toEqual([
      "bridge -n lab-three-tier-tor1 vlan add dev lab-test vid 1-4094",
    ]);
    expect(change({ kind: "vlan-filtering", bridge: { node: "tor1" }, on: false })).toEqual([
      "ip -n lab-three-tier-tor1 link set br0 type bridge vlan_filtering 0 mcast_snooping 0 stp_state 0 priority 32768 forward_delay 200",
    ]);
    expect(change({ kind: "link-down", at: { node: "hv1", port: "p0" } })).toEqual([
      "ip -n lab-three-tier-tor1 link set hv1 down",
    ]);
  });

  test("turns one monitor off before the other comes on, both ways", () => {
    const monitor = { kind: "mii" as const, interval: milliseconds(100) };
    const there = planChange(topology, objects, {
      kind: "bond-monitor",
      node: "hv1",
      bond: "bond0",
      monitor,
    });
    const bond = "ip -n lab-three-tier-hv1 link set bond0 type bond";
    expect(renderOperations(there)).toEqual([
      `${bond} arp_validate none`,
      `${bond} arp_interval 0`,
      `${bond} arp_ip_target ""`,
      `${bond} miimon 100`,
      `${bond} primary p0`,
    ]);
    expect(renderOperations(there.map(inverse))).toEqual([
      `${bond} miimon 0`,
      `${bond} arp_interval 100 arp_ip_target 10.0.99.1 arp_validate all`,
      `${bond} primary p0`,
    ]);
  });

  test("deletes a cable once", () => {
    const words = change({ kind: "recable", nic: { node: "hv1", port: "p0" }, to: "tor2" });
    expect(words.filter((line) => line.includes("link delete"))).toHaveLength(1);
    expect(words.filter((line) => line.includes("went with its far end"))).toHaveLength(1);
  });

  test("unmaking everything names every part", () => {
    const words = renderOperations(diff([], objects));
    expect(words.at(-1)).toBe("ip netns delete lab-three-tier-tor1");
    expect(words.filter((line) => line.startsWith("ip netns delete"))).toHaveLength(13);
  });
});

/** A bridge's own membership has no settings besides its VLANs. */
function isSilent(object: LabObject): boolean {
  return object.kind === "bridge-port" && object.self && object.vlans.length === 0;
}
