import { describe, expect, test } from "vitest";
import { realiseNodeFirewall } from "../../../src/plan/firewall.ts";
import { planTopology } from "../../../src/plan/plan-topology.ts";
import type { Firewall, FirewallRule } from "../../../src/topology/topology.ts";
import { prefix } from "../../../src/units/ip.ts";
import { threeTier } from "./three-tier.ts";

function chains(firewall: Firewall, forwards: boolean): readonly string[] {
  const [ruleset] = realiseNodeFirewall("lab-a-b", firewall, forwards);
  return [...(ruleset?.body ?? "").matchAll(/hook (\w+) priority filter; policy (\w+);/g)].map(
    ([, hook, policy]) => `${hook} ${policy}`,
  );
}

function rule(
  direction: FirewallRule["direction"],
  more: Partial<FirewallRule> = {},
): FirewallRule {
  return { action: "accept", direction, ...more };
}

function ruleLine(more: Partial<FirewallRule>): readonly string[] {
  const firewall: Firewall = { policy: "drop", rules: [rule("forward", more)] };
  const [ruleset] = realiseNodeFirewall("lab-a-b", firewall, true);
  const lines = (ruleset?.body ?? "").split("\n").map((line) => line.trim());
  return lines.slice(lines.indexOf("ct state established,related accept") + 1, -1);
}

describe("a node's rules", () => {
  test("none without a firewall", () => {
    expect(realiseNodeFirewall("lab-a-b", undefined, true)).toEqual([]);
  });

  test("the policy holds where the rules are about, and for directions that have a rule", () => {
    expect(chains({ policy: "drop", rules: [] }, false)).toEqual(["input drop"]);
    expect(chains({ policy: "drop", rules: [] }, true)).toEqual(["forward drop"]);
    expect(chains({ policy: "drop", rules: [rule("out")] }, false)).toEqual([
      "input drop",
      "output drop",
    ]);
    expect(chains({ policy: "accept", rules: [rule("in")] }, true)).toEqual([
      "input accept",
      "forward accept",
    ]);
  });

  test("a list that remembers no connections lets no answer pass unasked", () => {
    const list: Firewall = { policy: "accept", rules: [rule("in", { action: "drop" })] };
    const bodyOf = (firewall: Firewall): string =>
      realiseNodeFirewall("lab-a-b", firewall, false)[0]?.body ?? "";
    expect(bodyOf(list)).toContain("ct state established,related accept");
    expect(bodyOf({ ...list, stateful: false })).not.toContain("ct state");
  });

  test.each<[Partial<FirewallRule>, readonly string[]]>([
    [{}, ["accept"]],
    [{ action: "reject", protocol: "tcp", port: 22 }, ["tcp dport 22 reject"]],
    [{ port: 53 }, ["tcp dport 53 accept", "udp dport 53 accept"]],
    [{ protocol: "udp" }, ["meta l4proto udp accept"]],
    [{ protocol: "icmpv6", action: "drop" }, ["meta l4proto ipv6-icmp drop"]],
    [{ source: prefix("10.0.0.1/32") }, ["ip saddr 10.0.0.1 accept"]],
    [{ destination: prefix("fd00::1/128") }, ["ip6 daddr fd00::1 accept"]],
    [
      { source: prefix("0.0.0.0/0"), protocol: "tcp", port: 1 },
      ["meta protocol ip tcp dport 1 accept"],
    ],
    [{ source: prefix("::/0") }, ["meta protocol ip6 accept"]],
  ])("%j", (more, expected) => {
    expect(ruleLine(more)).toEqual(expected);
  });
});

describe("kernel-based rules at a vNIC", () => {
  const found = planTopology(threeTier()).find(
    (object) => object.kind === "ruleset" && object.family === "bridge",
  );
  const body = found?.kind === "ruleset" ? found.body : "";

  test("stand in the host, one table a vNIC", () => {
    expect(found).toMatchObject({ namespace: "lab-three-tier-hv2", table: "lab-a-rather-e337cc" });
  });

  test("are about frames to and from the vNIC's port", () => {
    expect(body).toContain('iifname "a-rather-e337cc" jump from-vnic');
    expect(body).toContain('oifname "a-rather-e337cc" jump to-vnic');
  });

  test("drop what they would refuse, since a bridge cannot answer", () => {
    expect(body).toContain("meta l4proto udp drop");
    expect(body).not.toContain("reject");
  });
});
