import { describe, expect, test } from "vitest";
import type { LabObject } from "../../../src/plan/object.ts";
import { partition } from "../../../src/plan/partition.ts";
import { planTopology } from "../../../src/plan/plan-topology.ts";
import { LabError } from "../../../src/units/lab-error.ts";
import { threeTier } from "./three-tier.ts";

const topology = threeTier();
const objects = planTopology(topology);

function of<Kind extends LabObject["kind"]>(
  kind: Kind,
): readonly Extract<LabObject, { kind: Kind }>[] {
  return objects.filter(
    (object): object is Extract<LabObject, { kind: Kind }> => object.kind === kind,
  );
}

function sysctl(node: string, key: string): string | undefined {
  return of("sysctl").find(
    (each) => each.namespace === `lab-three-tier-${node}` && each.key === key,
  )?.value;
}

describe("planTopology", () => {
  test("the same topology gives the same plan", () => {
    expect(planTopology(threeTier())).toEqual(objects);
  });

  test("every veth end has its far end, pointing back", () => {
    const ends = of("link").filter((link) => link.type === "veth");
    expect(ends.length).toBeGreaterThan(20);
    for (const end of ends) {
      const far = ends.find(
        (other) => other.namespace === end.peer.namespace && other.name === end.peer.name,
      );
      expect(far?.peer).toEqual({ namespace: end.namespace, name: end.name });
    }
  });

  test("every interface but a loopback bears its mark", () => {
    for (const { type, altnames } of of("link")) {
      if (type === "loopback") expect(altnames).toEqual([]);
      else expect(altnames[0]).toMatch(/^lab-o-[0-9a-f]{16}$/);
    }
  });

  test("every port of a bridge says its VLANs, test ports and analyzers none", () => {
    const bridges = new Set(
      of("link")
        .filter(({ type }) => type === "bridge")
        .map(({ namespace, name }) => `${namespace} ${name}`),
    );
    const ports = of("link").filter(({ namespace, master }) =>
      bridges.has(`${namespace} ${master}`),
    );
    for (const { namespace, name } of ports) {
      const port = of("bridge-port").find(
        (each) => each.namespace === namespace && each.name === name,
      );
      const isEmpty = name === "lab-test" || name === "ids1-eth0";
      expect(port?.vlans.length === 0).toBe(isEmpty);
    }
    expect(ports.length).toBe(of("bridge-port").filter(({ self }) => !self).length);
  });

  test("members of a switch's group are ports of the group", () => {
    expect(of("bridge-port").some(({ name }) => name === "tor2a")).toBe(false);
    expect(of("link").find(({ name }) => name === "tor2a")?.master).toBe("lag0");
  });

  test("only routers and switches with addresses forward", () => {
    const forwarding = of("sysctl").filter(
      ({ key, value }) => key === "net/ipv4/ip_forward" && value === "1",
    );
    expect(forwarding.map(({ namespace }) => namespace)).toEqual([
      "lab-three-tier-tor1",
      "lab-three-tier-gw",
    ]);
  });

  test("IPv6 is silent wherever no address needs it", () => {
    for (const { namespace } of of("namespace")) {
      expect(
        sysctl(namespace.replace("lab-three-tier-", ""), "net/ipv6/conf/default/disable_ipv6"),
      ).toBe("1");
    }
    expect(sysctl("web1", "net/ipv6/conf/eth0/disable_ipv6")).toBe("0");
    expect(sysctl("app1", "net/ipv6/conf/eth0/disable_ipv6")).toBeUndefined();
    expect(sysctl("ids1", "net/ipv4/conf/eth0/arp_ignore")).toBe("8");
  });

  test("a VXLAN device knows every MAC address of the segment on other hosts, and no others", () => {
    const entries = of("forwarding").map(({ namespace, mac, destination }) => [
      namespace,
      mac,
      destination,
    ]);
    expect(entries).toEqual([
      ["lab-three-tier-hv1", "00:00:00:00:00:00", "10.0.98.12"],
      ["lab-three-tier-hv1", "02:00:00:00:00:0a", "10.0.98.12"],
      ["lab-three-tier-hv2", "00:00:00:00:00:00", "10.0.98.11"],
      ["lab-three-tier-hv2", "02:00:00:00:00:09", "10.0.98.11"],
    ]);
  });

  test("an overlay on two virtual switches of one host is refused, on one it is not", () => {
    const hosts = topology.hosts.map((host) => ({
      ...host,
      switches: host.switches.flatMap((each) => [
        each,
        { ...each, name: "vs1", uplink: undefined as never, mirrors: [] },
      ]),
    }));
    expect(() => planTopology({ ...topology, hosts })).toThrow(LabError);
    expect(() => planTopology({ ...topology, overlays: [], hosts })).not.toThrow();
  });
});

describe("partition", () => {
  test("one machine carries everything", () => {
    expect(partition(topology, objects, () => "local")).toEqual([{ machine: "local", objects }]);
  });

  test("nodes that no cable joins may be on two machines", () => {
    const alone = { ...topology, links: [], hosts: [], workloads: [], routers: [] };
    const parts = partition(alone, planTopology(alone), (node) =>
      node.startsWith("tor1") ? "a" : "b",
    );
    expect(parts.map(({ machine }) => machine)).toEqual(["a", "b"]);
    expect(parts.flatMap((part) => part.objects)).toHaveLength(planTopology(alone).length);
  });

  test("a cable between two machines is refused with its ends", () => {
    const split = () => partition(topology, objects, (node) => (node === "tor1" ? "a" : "b"));
    expect(split).toThrow(/lab-three-tier-tor1:\S+ .*machines/);
  });
});
