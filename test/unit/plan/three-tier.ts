import type {
  Host,
  Nic,
  PortVlans,
  Topology,
  Vnic,
  Workload,
} from "../../../src/topology/topology.ts";
import { interfaceAddress, ipAddress, prefix } from "../../../src/units/ip.ts";
import { mac } from "../../../src/units/mac.ts";
import { milliseconds } from "../../../src/units/milliseconds.ts";
import { vlanId } from "../../../src/units/vlan-id.ts";
import { vni } from "../../../src/units/vni.ts";

let macs = 0;
function nextMac(): ReturnType<typeof mac> {
  macs++;
  return mac(`02:00:00:00:00:${macs.toString(16).padStart(2, "0")}`);
}

function nic(name: string): Nic {
  return { name, mac: nextMac(), mtu: 1600 };
}

function trunk(...ids: readonly number[]): PortVlans {
  return { mode: "trunk", tagged: ids.map(vlanId) };
}

function access(id: number): PortVlans {
  return { mode: "access", tagged: [], untagged: vlanId(id) };
}

function vnic(group: string, addresses: readonly string[], more: Partial<Vnic> = {}): Vnic {
  return {
    name: "eth0",
    mac: nextMac(),
    mtu: 1500,
    attachment: { switch: "vs0", portGroup: group },
    addresses: addresses.map(interfaceAddress),
    analyzer: false,
    ...more,
  };
}

function workload(
  name: string,
  host: string,
  vnics: readonly Vnic[],
  more: Partial<Workload> = {},
): Workload {
  return {
    name,
    host,
    vnics,
    labels: {},
    services: [],
    routes: [],
    forwards: false,
    delaySensitive: false,
    ioIntensive: false,
    ...more,
  };
}

function host(name: string, last: number): Host {
  return {
    name,
    nics: [nic("p0"), nic("p1")],
    bonds: [
      {
        name: "bond0",
        mac: nextMac(),
        members: ["p0", "p1"],
        mode: "active-backup",
        monitor: {
          kind: "arp",
          interval: milliseconds(100),
          targets: [ipAddress("10.0.99.1")],
          validate: "all",
        },
        primary: "p0",
        lacpRate: "slow",
      },
    ],
    management: {
      vlan: vlanId(99),
      switch: "vs0",
      address: interfaceAddress(`10.0.99.${last}/24`),
      target: ipAddress("10.0.99.1"),
    },
    vtep: {
      vlan: vlanId(98),
      switch: "vs0",
      address: interfaceAddress(`10.0.98.${last}/24`),
      port: 4789,
    },
    switches: [
      {
        name: "vs0",
        uplink: "bond0",
        uplinkVlans: trunk(10, 20, 98, 99),
        stp: false,
        portGroups: [
          { name: "web", vlan: vlanId(10), bridgeVlan: vlanId(10) },
          { name: "db", vlan: vlanId(20), bridgeVlan: vlanId(20) },
          { name: "private", overlay: "blue", bridgeVlan: vlanId(4094) },
        ],
        mirrors:
          name === "hv1"
            ? [
                {
                  name: "ids",
                  sources: [{ node: "web1", port: "eth0" }],
                  directions: "both",
                  destination: { node: "ids1", port: "eth0" },
                },
              ]
            : [],
      },
    ],
  };
}

/** Every kind of part, made by hand: two hosts, two switches with a group between them, a router, an overlay. */
export function threeTier(name = "three-tier"): Topology {
  macs = 0;
  const hosts = [host("hv1", 11), host("hv2", 12)];
  const lag = (peer: string) => ({
    name: "lag0",
    members: [`${peer}a`, `${peer}b`],
    lacpRate: "fast" as const,
    vlans: trunk(10, 20, 98, 99),
  });
  const tor = (own: string, peer: string, gateway: readonly string[]) => ({
    name: own,
    stp: false,
    priority: 32768,
    ports: [
      { name: "hv1", vlans: trunk(10, 20, 98, 99) },
      { name: "hv2", vlans: trunk(10, 20, 98, 99) },
      { name: `${peer}a`, vlans: trunk(10, 20, 98, 99), lag: "lag0" },
      { name: `${peer}b`, vlans: trunk(10, 20, 98, 99), lag: "lag0" },
      ...(own === "tor1"
        ? [
            { name: "gw", vlans: trunk(10, 20) },
            { name: "printer", vlans: access(10) },
          ]
        : [{ name: "spare", vlans: access(20) }]),
    ],
    lags: [lag(peer)],
    interfaces:
      gateway.length === 0 ? [] : [{ vlan: vlanId(99), addresses: gateway.map(interfaceAddress) }],
  });
  const cable = (a: string, b: string) => {
    const [left, right] = [a, b].map((text) => {
      const [node = "", port = ""] = text.split(":");
      return { node, port };
    });
    if (left === undefined || right === undefined) throw new Error("two ends");
    return { a: left, b: right, mtu: 1600 };
  };
  return {
    name,
    vlans: [
      { name: "web", id: vlanId(10), purpose: "production", ipv4: prefix("10.0.10.0/24") },
      { name: "db", id: vlanId(20), purpose: "production", ipv4: prefix("10.0.20.0/24") },
      { name: "vtep", id: vlanId(98), purpose: "management", ipv4: prefix("10.0.98.0/24") },
      { name: "mgmt", id: vlanId(99), purpose: "management", ipv4: prefix("10.0.99.0/24") },
    ],
    overlays: [{ name: "blue", vni: vni(5001), ipv4: prefix("10.9.0.0/24") }],
    switches: [tor("tor1", "tor2", ["10.0.99.1/24"]), tor("tor2", "tor1", [])],
    hosts,
    workloads: [
      workload("web1", "hv1", [vnic("web", ["10.0.10.11/24", "2001:db8:10::11/64"])], {
        services: [{ protocol: "tcp", port: 443 }],
        routes: [{ destination: prefix("0.0.0.0/0"), via: ipAddress("10.0.10.1") }],
      }),
      workload("a-rather-long-database-name", "hv2", [
        vnic("db", ["10.0.20.12/24"], {
          firewall: {
            policy: "drop",
            rules: [
              {
                action: "accept",
                direction: "in",
                source: prefix("10.0.10.0/24"),
                protocol: "tcp",
                port: 5432,
              },
              { action: "reject", direction: "in", protocol: "udp" },
              { action: "drop", direction: "out", destination: prefix("10.0.99.0/24") },
            ],
          },
        }),
      ]),
      workload("app1", "hv1", [vnic("private", ["10.9.0.1/24"], { mtu: 1450 })]),
      workload("app2", "hv2", [vnic("private", ["10.9.0.2/24"], { mtu: 1450 })]),
      workload("ids1", "hv1", [vnic("web", [], { analyzer: true })]),
      {
        ...workload("printer", "", [
          {
            name: "eth0",
            mac: nextMac(),
            mtu: 1500,
            addresses: [interfaceAddress("10.0.10.77/24")],
            analyzer: false,
          },
        ]),
        host: undefined as never,
      },
    ],
    routers: [
      {
        name: "gw",
        nics: [nic("p0")],
        bonds: [],
        interfaces: [
          {
            parent: "p0",
            vlan: vlanId(10),
            addresses: [interfaceAddress("10.0.10.1/24"), interfaceAddress("2001:db8:10::1/64")],
          },
          { parent: "p0", vlan: vlanId(20), addresses: [interfaceAddress("10.0.20.1/24")] },
        ],
        routes: [],
        firewall: {
          policy: "drop",
          rules: [
            {
              action: "accept",
              direction: "forward",
              source: prefix("10.0.10.0/24"),
              destination: prefix("10.0.20.12/32"),
              protocol: "tcp",
              port: 5432,
            },
            { action: "reject", direction: "forward", protocol: "icmp" },
            {
              action: "drop",
              direction: "in",
              protocol: "icmpv6",
              source: prefix("2001:db8::/32"),
            },
          ],
        },
      },
    ],
    links: [
      cable("hv1:p0", "tor1:hv1"),
      cable("hv1:p1", "tor2:hv1"),
      cable("hv2:p0", "tor1:hv2"),
      { ...cable("hv2:p1", "tor2:hv2"), impairment: { delay: milliseconds(2), loss: 0.5 } },
      cable("tor1:tor2a", "tor2:tor1a"),
      cable("tor1:tor2b", "tor2:tor1b"),
      cable("gw:p0", "tor1:gw"),
      cable("printer:eth0", "tor1:printer"),
    ],
    reachability: { allowed: [], forbidden: [] },
    failoverWithin: milliseconds(1000),
    failoverWithinLacp: milliseconds(4000),
    expect: {},
    waivers: [],
  };
}
