import { execFileSync } from "node:child_process";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { addAddress, readAddresses } from "../../src/machine/netlink/addresses.ts";
import {
  addForwarding,
  appendForwarding,
  deleteForwarding,
} from "../../src/machine/netlink/forwarding.ts";
import {
  addAltNames,
  createLink,
  createVeth,
  deleteLink,
  readLink,
  readLinks,
  renameLink,
  setBridgePort,
  setLink,
} from "../../src/machine/netlink/links.ts";
import { dumpNamespace } from "../../src/machine/netlink/namespace-dump.ts";
import { deleteNeighbour, setNeighbour } from "../../src/machine/netlink/neighbours.ts";
import { addClsact, deleteClsact } from "../../src/machine/netlink/qdiscs.ts";
import { releaseNamespaces } from "../../src/machine/netlink/release.ts";
import { openRoute } from "../../src/machine/netlink/route-socket.ts";
import { addRoute, deleteRoute } from "../../src/machine/netlink/routes.ts";
import type { NetlinkSocket } from "../../src/machine/netlink/socket.ts";
import { createNamespaces } from "../../src/machine/netns/named.ts";
import { milliseconds } from "../../src/units/milliseconds.ts";

const a = `lab-netlink-a-${process.pid}`;
const b = `lab-netlink-b-${process.pid}`;
const vethIndex = 10;
const bridgeIndex = 77;
const vxlanIndex = 78;
let socket: NetlinkSocket;

/** What iproute2 says: the second opinion on everything that we wrote or read. */
function iproute<Row = Record<string, unknown>>(tool: string, ...words: string[]): readonly Row[] {
  const text = execFileSync(tool, ["-j", "-d", "-n", a, ...words], { encoding: "utf8" });
  return JSON.parse(text === "" ? "[]" : text) as Row[];
}

beforeAll(() => {
  createNamespaces([a, b]);
  socket = openRoute(a);
});

afterAll(async () => {
  socket[Symbol.dispose]();
  expect(await releaseNamespaces([a, b], milliseconds(10_000))).toBe(0);
});

describe("links", () => {
  test("a veth pair has each end in its namespace; iproute2 sees the same", () => {
    const root = execFileSync("ip", ["-o", "link"], { encoding: "utf8" });
    socket.apply([
      createVeth(
        {
          name: "v0",
          index: vethIndex,
          namespace: a,
          mtu: 1400,
          address: "02:00:00:00:00:01",
          up: true,
        },
        { name: "v1", namespace: b, address: "02:00:00:00:00:02" },
      ),
      addAltNames("v0", ["lab-o-0123456789abcdef", "lab-o-second"]),
      setLink("v0", { alias: "the uplink of hv1", txQueueLength: 50 }),
    ]);
    expect(iproute("ip", "link", "show", "v0")[0]).toMatchObject({
      ifindex: vethIndex,
      mtu: 1400,
      address: "02:00:00:00:00:01",
      linkinfo: { info_kind: "veth" },
      altnames: ["lab-o-0123456789abcdef", "lab-o-second"],
      ifalias: "the uplink of hv1",
      txqlen: 50,
    });
    using other = openRoute(b);
    expect(readLink(other, "v1")).toMatchObject({ address: "02:00:00:00:00:02", up: false });
    expect(execFileSync("ip", ["-o", "link"], { encoding: "utf8" })).toBe(root);
  });

  test("a bridge with a port, both with settings", () => {
    socket.apply([
      createLink({
        name: "br0",
        kind: "bridge",
        index: bridgeIndex,
        bridge: {
          stpState: 0,
          ageingTime: 1000,
          mcastSnooping: false,
          groupFwdMask: 8,
          priority: 4096,
        },
      }),
      setLink("v0", { master: bridgeIndex }),
      setBridgePort(vethIndex, {
        learning: false,
        isolated: true,
        groupFwdMask: 4,
        broadcastFlood: false,
      }),
    ]);
    expect(iproute("ip", "link", "show", "br0")[0]).toMatchObject({
      linkinfo: {
        info_data: {
          stp_state: 0,
          ageing_time: 1000,
          mcast_snooping: 0,
          group_fwd_mask: "0x8",
          priority: 4096,
        },
      },
    });
    expect(iproute("ip", "link", "show", "v0")[0]).toMatchObject({
      master: "br0",
      linkinfo: {
        info_slave_data: {
          learning: false,
          isolated: true,
          group_fwd_mask: "0x4",
          bcast_flood: false,
          flood: true,
        },
      },
    });
    expect(readLink(socket, "v0").info.bridgePort).toMatchObject({
      learning: false,
      isolated: true,
      groupFwdMask: 4,
      broadcastFlood: false,
      flood: true,
    });
  });

  test("a VXLAN interface", () => {
    socket.apply([
      createLink({
        name: "vx0",
        kind: "vxlan",
        index: vxlanIndex,
        vxlan: { id: 5001, local: "192.0.2.1", port: 4789, learning: false },
      }),
    ]);
    expect(iproute("ip", "link", "show", "vx0")[0]).toMatchObject({
      linkinfo: { info_data: { id: 5001, local: "192.0.2.1", port: 4789, learning: false } },
    });
  });

  test("each refused request keeps its own error, and the others are done", () => {
    const errors = socket.attempt([
      createLink({ name: "br1", kind: "bridge" }),
      createLink({ name: "br1", kind: "bridge" }),
      deleteLink("none"),
      setLink("v0", { mtu: 1 }),
      deleteLink("br1"),
    ]);
    expect(errors.map((error) => error?.message)).toEqual([
      undefined,
      "create bridge br1: EEXIST",
      "delete link none: ENODEV",
      "change link v0: EINVAL: mtu less than device minimum",
      undefined,
    ]);
    expect(readLinks(socket).map(({ name }) => name)).not.toContain("br1");
  });

  test("600 requests in one call are all done and all answered", () => {
    const aliases = Array.from({ length: 600 }, (_, step) =>
      setLink("v0", { alias: `step ${step}` }),
    );
    expect(socket.attempt(aliases).filter((error) => error !== undefined)).toEqual([]);
    expect(readLink(socket, "v0").alias).toBe("step 599");
  });

  test("a link can be renamed", () => {
    socket.apply([createLink({ name: "br1", kind: "bridge", index: 79 }), renameLink(79, "br2")]);
    expect(readLink(socket, 79).name).toBe("br2");
    socket.apply([deleteLink("br2")]);
  });
});

describe("what hangs on links", () => {
  test("addresses, routes and neighbours of both families", () => {
    socket.apply([
      setLink(bridgeIndex, { up: true }),
      addAddress({ index: bridgeIndex, address: "192.0.2.1", prefixLength: 24 }),
      addAddress({ index: bridgeIndex, address: "2001:db8::1", prefixLength: 64 }),
      addRoute({ destination: "0.0.0.0/0", via: "192.0.2.254" }),
      addRoute({ destination: "198.51.100.0/24", index: bridgeIndex, metric: 7 }),
      addRoute({ destination: "203.0.113.0/24", kind: "blackhole", table: 100 }),
      addRoute({ destination: "::/0", via: "2001:db8::fe" }),
      setNeighbour({ index: bridgeIndex, address: "192.0.2.9", mac: "02:00:00:00:00:09" }),
    ]);
    expect(iproute("ip", "-4", "route", "show", "table", "all", "type", "unicast")).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          dst: "default",
          gateway: "192.0.2.254",
          dev: "br0",
          protocol: "static",
        }),
        expect.objectContaining({ dst: "198.51.100.0/24", metric: 7, scope: "link" }),
      ]),
    );
    expect(iproute("ip", "-6", "route", "show", "default")[0]).toMatchObject({
      gateway: "2001:db8::fe",
    });
    const addresses = readAddresses(socket).filter(
      ({ index, scope }) => index === bridgeIndex && scope === 0,
    );
    expect(addresses.map(({ address, tentative }) => [address, tentative])).toEqual([
      ["192.0.2.1", false],
      ["2001:db8::1", false],
    ]);
    expect(iproute("ip", "neigh")).toContainEqual(
      expect.objectContaining({
        dst: "192.0.2.9",
        lladdr: "02:00:00:00:00:09",
        state: ["PERMANENT"],
      }),
    );
    expect(dumpNamespace(a).neighbours.map(({ mac }) => mac)).toEqual(["02:00:00:00:00:09"]);
    socket.apply([
      deleteNeighbour(bridgeIndex, "192.0.2.9"),
      deleteRoute({ destination: "198.51.100.0/24", index: bridgeIndex, metric: 7 }),
    ]);
    expect(dumpNamespace(a).neighbours).toEqual([]);
    expect(dumpNamespace(a).routes.map(({ destination }) => destination)).not.toContain(
      "198.51.100.0/24",
    );
  });

  test("forwarding entries of a bridge and of a VXLAN interface", () => {
    const everybody = "00:00:00:00:00:00";
    socket.apply([
      addForwarding({ on: "bridge", index: vethIndex, mac: "02:00:00:00:00:99" }),
      addForwarding({ on: "device", index: vxlanIndex, mac: everybody, remote: "192.0.2.2" }),
      appendForwarding({ on: "device", index: vxlanIndex, mac: everybody, remote: "192.0.2.3" }),
      addForwarding({
        on: "device",
        index: vxlanIndex,
        mac: "02:00:00:00:00:98",
        remote: "192.0.2.4",
      }),
    ]);
    expect(iproute("bridge", "fdb")).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          mac: "02:00:00:00:00:99",
          ifname: "v0",
          master: "br0",
          state: "static",
        }),
        expect.objectContaining({ mac: everybody, ifname: "vx0", dst: "192.0.2.2" }),
        expect.objectContaining({ mac: everybody, ifname: "vx0", dst: "192.0.2.3" }),
        expect.objectContaining({
          mac: "02:00:00:00:00:98",
          ifname: "vx0",
          dst: "192.0.2.4",
          state: "permanent",
        }),
      ]),
    );
    socket.apply([deleteForwarding({ on: "bridge", index: vethIndex, mac: "02:00:00:00:00:99" })]);
    const left = dumpNamespace(a).forwarding.map(({ mac, remote }) => `${mac} ${remote}`);
    expect(left.sort()).toEqual([
      `${everybody} 192.0.2.2`,
      `${everybody} 192.0.2.3`,
      "02:00:00:00:00:98 192.0.2.4",
    ]);
  });

  test("clsact comes and goes", () => {
    socket.apply([addClsact(vethIndex)]);
    expect(iproute("tc", "qdisc", "show", "dev", "v0")).toContainEqual(
      expect.objectContaining({ kind: "clsact" }),
    );
    socket.apply([deleteClsact(vethIndex)]);
    expect(dumpNamespace(a).qdiscs).toEqual([]);
  });
});
