import { beforeAll, describe, expect, test } from "vitest";
import type { ScenarioReport } from "./netlink-scenario.ts";
import { reportFromGuest } from "./run-in-guest.ts";

let report: ScenarioReport;

beforeAll(async () => {
  report = await reportFromGuest<ScenarioReport>("netlink-scenario");
}, 90_000);

describe("a bond", () => {
  test("iproute2 sees what we set", () => {
    const mode = "active-backup";
    const mii = {
      mode,
      miimon: 10,
      primary: "eth1",
      primary_reselect: "failure",
      num_peer_notif: 2,
    };
    const arp = { mode, arp_interval: 100, arp_validate: "all", arp_missed_max: 3 };
    expect(report.iproute.bonds).toMatchObject([
      { ifname: "bond0", linkinfo: { info_kind: "bond", info_data: mii } },
      { ifname: "bond1", linkinfo: { info_kind: "bond", info_data: arp } },
    ]);
    expect(report.iproute.member).toMatchObject([
      { master: "bond0", linkinfo: { info_slave_kind: "bond" } },
    ]);
  });

  test("we read back what we set, and the members' state", () => {
    const links = new Map(report.hostDump.links.map((link) => [link.name, link]));
    expect(links.get("bond0")?.info.bond).toMatchObject({
      mode: "active-backup",
      miimon: 10,
      primary: 22,
      primaryReselect: "failure",
    });
    expect(links.get("bond1")?.info.bond).toMatchObject({
      arpInterval: 100,
      arpTargets: ["192.0.2.254", "192.0.2.253"],
      arpValidate: "all",
      missedMax: 3,
    });
    const states = ["eth0", "eth1"].map((name) => links.get(name)?.info.bondMember?.state);
    expect(states.toSorted()).toEqual(["active", "backup"]);
    expect(links.get("bond0")?.info.bond?.activeMember).toBe(states[0] === "active" ? 21 : 22);
    expect(links.get("bond0.10")).toMatchObject({
      link: 30,
      info: { vlan: { id: 10, protocol: 0x8100 } },
    });
  });

  test("two bonds agree on 802.3ad, and we can read with whom", () => {
    const links = new Map(report.lacp.map((link) => [link.name, link]));
    expect(links.get("bond0")?.info.bond).toMatchObject({
      mode: "802.3ad",
      lacpRate: "fast",
      transmitHash: "layer3+4",
      aggregator: { ports: 2, partnerMac: "02:00:00:00:0b:00" },
    });
    const aggregators = ["eth2", "eth3"].map(
      (name) => links.get(name)?.info.bondMember?.aggregatorId,
    );
    expect(new Set(aggregators).size).toBe(1);
  });

  test("what the kernel refuses comes with its own words", () => {
    expect(report.refusals).toEqual([
      "change bond 30: ENOTEMPTY: unable to set option because the bond device has slaves",
      "create vlan v: EEXIST: 8021q: VLAN device already exists",
    ]);
  });
});

describe("a VLAN-aware switch", () => {
  test("its ports have the VLANs that were given, in both views", () => {
    const own = report.switchDump.portVlans.map(({ index, vlans }) => [
      index,
      vlans.map(
        ({ vid, pvid, untagged }) => `${vid}${pvid ? " pvid" : ""}${untagged ? " untagged" : ""}`,
      ),
    ]);
    expect(Object.fromEntries(own)).toEqual({
      5: ["10"],
      11: ["10", "20", "21", "22"],
      12: ["10 pvid untagged"],
      14: [],
    });
    expect(report.iproute.portVlans).toMatchObject([
      { ifname: "br0", vlans: [{ vlan: 10 }] },
      { ifname: "p-host", vlans: [{ vlan: 10 }, { vlan: 20, vlanEnd: 22 }] },
      { ifname: "p-wl", vlans: [{ vlan: 10, flags: ["PVID", "Egress Untagged"] }] },
    ]);
    expect(report.iproute.bridge).toMatchObject([
      { linkinfo: { info_data: { vlan_filtering: 1, vlan_default_pvid: 0, stp_state: 0 } } },
    ]);
  });

  test("an untagged frame leaves the trunk tagged, and the tag is in the recorded bytes", () => {
    expect(report.atHost).toEqual(["ffffffffffff02000000000c8100000a88b5"]);
  });

  test("filtering can be switched off, and is read back so", () => {
    const bridges = [report.switchDump, report.switchAfter].map(
      ({ links }) => links.find(({ name }) => name === "br0")?.info.bridge?.vlanFiltering,
    );
    expect(bridges).toEqual([true, false]);
  });
});

describe("traffic control", () => {
  test("a mirror copies what the port took in, before the VLAN filter", () => {
    expect(report.atMirror).toEqual([
      "ffffffffffff02000000000c88b5",
      "ffffffffffff02000000000c8100001488b5",
    ]);
  });

  test("tc sees the mirror, the drop and the impairment", () => {
    expect(report.iproute.ingress).toMatchObject([
      {},
      {
        kind: "matchall",
        pref: 1,
        // The filters behind a mirror are asked too: two mirrors of one port make two copies.
        options: {
          actions: [
            {
              mirred_action: "mirror",
              to_dev: "p-mirror",
              control_action: { type: "continue" },
            },
          ],
        },
      },
    ]);
    expect(report.iproute.egress).toMatchObject([
      {},
      {
        kind: "flower",
        protocol: "802.1Q",
        options: {
          keys: { vlan_id: 10, vlan_ethtype: "ip", ip_proto: "udp", dst_port: 53 },
          actions: [{ kind: "gact", control_action: { type: "drop" } }],
        },
      },
    ]);
    expect(report.iproute.qdiscs).toMatchObject([
      {
        kind: "netem",
        options: { limit: 77, "loss-random": { loss: 0.25 }, rate: { rate: 1_000_000 } },
      },
    ]);
  });

  test("we read back what we set, and what was taken away is gone", () => {
    const { switchDump, switchAfter } = report;
    expect(switchDump.qdiscs.find(({ kind }) => kind === "netem")?.impairment).toMatchObject({
      ...{ delayMs: 12.5, jitterMs: 1, loss: 0.25, rate: 8_000_000, limit: 77 },
    });
    const placed = (dump: ScenarioReport["switchDump"]): readonly unknown[] =>
      dump.filters.map(({ index, direction, preference, actions }) => [
        index,
        direction,
        preference,
        actions,
      ]);
    expect(placed(switchDump)).toEqual([
      [11, "egress", 5, [{ kind: "drop" }]],
      [12, "ingress", 1, [{ kind: "mirror", to: 13 }]],
    ]);
    expect(placed(switchAfter)).toEqual([[11, "egress", 5, [{ kind: "drop" }]]]);
    expect(switchAfter.qdiscs.map(({ kind }) => kind)).toEqual(["clsact", "clsact"]);
  });
});

test("nothing is left in the guest", () => {
  expect(report.left).toBe(0);
});
