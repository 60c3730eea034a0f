import { execFileSync } from "node:child_process";
import { addAddress } from "../../src/machine/netlink/addresses.ts";
import { addPortVlans, deletePortVlans } from "../../src/machine/netlink/bridge-vlans.ts";
import { addFilter, deleteFilter } from "../../src/machine/netlink/filters.ts";
import {
  createLink,
  createVeth,
  type Link,
  readLink,
  setLink,
  setLinkKind,
} from "../../src/machine/netlink/links.ts";
import { dumpNamespace, type NamespaceDump } from "../../src/machine/netlink/namespace-dump.ts";
import { addClsact, impair, repair } from "../../src/machine/netlink/qdiscs.ts";
import { releaseNamespaces } from "../../src/machine/netlink/release.ts";
import { openRoute } from "../../src/machine/netlink/route-socket.ts";
import { createNamespaces } from "../../src/machine/netns/named.ts";
import { PacketReceiver } from "../../src/machine/sockets/packet-receiver.ts";
import { PacketSender } from "../../src/machine/sockets/packet-sender.ts";
import { milliseconds } from "../../src/units/milliseconds.ts";
import { negotiateLacp } from "./netlink-lacp.ts";

/**
 * A switch with VLANs, a host with a bond, a mirror and an impaired wire: what needs a kernel with 802.1Q, bonding,
 * matchall, flower and netem. Runs in any Node process as root and prints one JSON line for `netlink-guest.test.ts`.
 */
export type ScenarioReport = {
  readonly switchDump: NamespaceDump;
  readonly hostDump: NamespaceDump;
  readonly switchAfter: NamespaceDump;
  readonly iproute: {
    readonly bonds: unknown;
    readonly member: unknown;
    readonly vlan: unknown;
    readonly portVlans: unknown;
    readonly ingress: unknown;
    readonly egress: unknown;
    readonly qdiscs: unknown;
    readonly bridge: unknown;
  };
  /** Ours, as hexadecimal text without the padding. */
  readonly atHost: readonly string[];
  readonly atMirror: readonly string[];
  readonly refusals: readonly (string | undefined)[];
  /** The links of one end of an 802.3ad bond. */
  readonly lacp: readonly Link[];
  /** Namespaces that something still holds after the end. */
  readonly left: number;
  readonly millisecondsForAll: number;
};

const names = { switch: "scn-switch", host: "scn-host", workload: "scn-workload", tap: "scn-tap" };
const port = { host: 11, workload: 12, mirror: 13, second: 14, bridge: 5 } as const;
const host = { first: 21, second: 22, bond: 30, vlan: 31 } as const;

function buildSwitch(): void {
  using socket = openRoute(names.switch);
  const [here, inHost] = [names.switch, names.host];
  socket.apply([
    createLink({
      name: "br0",
      kind: "bridge",
      index: port.bridge,
      bridge: { vlanFiltering: true, vlanDefaultPvid: 0, stpState: 0, mcastSnooping: false },
      up: true,
    }),
    createVeth(
      { name: "p-host", index: port.host, namespace: here, up: true },
      { name: "eth0", index: host.first, namespace: inHost },
    ),
    createVeth(
      { name: "p-host2", index: port.second, namespace: here, up: true },
      { name: "eth1", index: host.second, namespace: inHost },
    ),
    createVeth(
      { name: "p-wl", index: port.workload, namespace: here, up: true },
      { name: "eth0", index: 2, namespace: names.workload },
    ),
    createVeth(
      { name: "p-mirror", index: port.mirror, namespace: here, up: true },
      { name: "eth0", index: 2, namespace: names.tap },
    ),
    ...[port.host, port.second, port.workload].map((index) =>
      setLink(index, { master: port.bridge }),
    ),
    addPortVlans(port.host, [{ vid: 10 }, { vid: 20, last: 22 }, { vid: 99 }]),
    addPortVlans(port.workload, [{ vid: 10, pvid: true, untagged: true }]),
    addPortVlans(port.bridge, [{ vid: 10 }], { self: true }),
    deletePortVlans(port.host, [{ vid: 99 }]),
    addClsact(port.workload),
    addFilter({
      index: port.workload,
      direction: "ingress",
      preference: 1,
      actions: [{ kind: "mirror", to: port.mirror }],
    }),
    addClsact(port.host),
    addFilter({
      index: port.host,
      direction: "egress",
      preference: 5,
      protocol: 0x8100,
      match: { vlanId: 10, vlanEtherType: 0x0800, ipProtocol: 17, udpDestinationPort: 53 },
      actions: [{ kind: "drop" }],
    }),
    impair(port.second, { delayMs: 12.5, jitterMs: 1, loss: 0.25, rate: 8_000_000, limit: 77 }),
  ]);
}

function buildHost(): readonly (string | undefined)[] {
  using socket = openRoute(names.host);
  socket.apply([
    createLink({
      name: "bond0",
      kind: "bond",
      index: host.bond,
      bond: { mode: "active-backup", miimon: 10, failOverMac: "none", peerNotifications: 2 },
    }),
    // Never up: with nobody to answer ARP, a bond that runs would lose its members after a while.
    createLink({
      name: "bond1",
      index: 40,
      kind: "bond",
      bond: {
        mode: "active-backup",
        arpInterval: 100,
        arpTargets: ["192.0.2.254", "192.0.2.253"],
        arpValidate: "all",
        missedMax: 3,
      },
    }),
    setLink(host.first, { master: host.bond }),
    setLink(host.second, { master: host.bond }),
    setLinkKind(host.bond, {
      kind: "bond",
      bond: { primary: host.second, primaryReselect: "failure" },
    }),
    setLink(host.bond, { up: true }),
    createLink({
      name: "bond0.10",
      kind: "vlan",
      index: host.vlan,
      link: host.bond,
      vlan: { id: 10, protocol: 0x8100 },
      up: true,
    }),
    addAddress({ index: host.vlan, address: "192.0.2.1", prefixLength: 24 }),
  ]);
  return socket
    .attempt([
      setLinkKind(host.bond, { kind: "bond", bond: { mode: "802.3ad" } }),
      createLink({ name: "v", kind: "vlan", link: host.bond, vlan: { id: 10 } }),
    ])
    .map((error) => error?.message);
}

function bringUp(namespace: string): void {
  using socket = openRoute(namespace);
  socket.apply([setLink(readLink(socket, "eth0").index, { up: true })]);
}

/** Sends two frames from the workload and tells what arrives at the host's member and at the mirror. */
function exchange(): Pick<ScenarioReport, "atHost" | "atMirror"> {
  using sender = new PacketSender(names.workload, 2);
  using atHost = new PacketReceiver(names.host, host.first, { ignoreOutgoing: true });
  using atMirror = new PacketReceiver(names.tap, 2);
  const untagged = Buffer.from(`ffffffffffff02000000000c88b5${"5a".repeat(46)}`, "hex");
  const tagged = Buffer.from(`ffffffffffff02000000000c8100001488b5${"5a".repeat(42)}`, "hex");
  sender.send([untagged, tagged]);
  return { atHost: heard(atHost), atMirror: heard(atMirror) };
}

function heard(receiver: PacketReceiver): readonly string[] {
  const frames: string[] = [];
  receiver.drain(1000, (memory, offset, length) => {
    const hex = Buffer.from(memory.subarray(offset, offset + length)).toString("hex");
    if (hex.includes("88b55a5a")) {
      frames.push(hex.replace(/(5a)+$/, ""));
    }
  });
  return frames;
}

function json(tool: string, namespace: string, ...words: string[]): unknown {
  const text = execFileSync(tool, ["-j", "-d", "-n", namespace, ...words], { encoding: "utf8" });
  return JSON.parse(text);
}

/** Builds, looks, sends, takes parts back, looks again and cleans up. */
export async function runScenario(): Promise<ScenarioReport> {
  const all = Object.values(names);
  let seen: Omit<ScenarioReport, "left" | "lacp">;
  let left: number;
  try {
    createNamespaces(all);
    seen = buildAndLook();
  } finally {
    left = await releaseNamespaces(all, milliseconds(20_000));
  }
  return { ...seen, left, lacp: await negotiateLacp() };
}

function buildAndLook(): Omit<ScenarioReport, "left" | "lacp"> {
  const begin = performance.now();
  buildSwitch();
  const refusals = buildHost();
  bringUp(names.workload);
  bringUp(names.tap);
  const millisecondsForAll = Math.round(performance.now() - begin);
  const { switch: sw, host: hv } = names;
  const before = {
    switchDump: dumpNamespace(sw),
    hostDump: dumpNamespace(hv),
    iproute: {
      bonds: json("ip", hv, "link", "show", "type", "bond"),
      member: json("ip", hv, "link", "show", "eth1"),
      vlan: json("ip", hv, "link", "show", "bond0.10"),
      bridge: json("ip", sw, "link", "show", "br0"),
      portVlans: json("bridge", sw, "vlan", "show"),
      ingress: json("tc", sw, "filter", "show", "dev", "p-wl", "ingress"),
      egress: json("tc", sw, "filter", "show", "dev", "p-host", "egress"),
      qdiscs: json("tc", sw, "qdisc", "show", "dev", "p-host2"),
    },
    ...exchange(),
  };
  using socket = openRoute(sw);
  socket.apply([
    deleteFilter({ index: port.workload, direction: "ingress", preference: 1 }),
    repair(port.second),
    setLinkKind("br0", { kind: "bridge", bridge: { vlanFiltering: false } }),
  ]);
  return { ...before, switchAfter: dumpNamespace(sw), refusals, millisecondsForAll };
}

if (process.argv[1] === import.meta.filename) {
  process.stdout.write(`${JSON.stringify(await runScenario())}\n`);
}
