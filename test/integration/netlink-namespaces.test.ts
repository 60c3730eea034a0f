import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createLink, readLinks } from "../../src/machine/netlink/links.ts";
import { releaseNamespaces } from "../../src/machine/netlink/release.ts";
import { openRoute } from "../../src/machine/netlink/route-socket.ts";
import { currentNamespaceInode, inNamespace } from "../../src/machine/netns/enter.ts";
import { forgetAllNamespaces } from "../../src/machine/netns/handles.ts";
import {
  createNamespace,
  createNamespaces,
  deleteNamespace,
  listNamespaces,
  namespaceInode,
} from "../../src/machine/netns/named.ts";
import { processesInNamespace } from "../../src/machine/netns/processes.ts";
import { readSysctl, writeSysctl } from "../../src/machine/netns/sysctl.ts";
import { NftError } from "../../src/machine/nftables/nft-error.ts";
import { applyRules, listRules, readRules } from "../../src/machine/nftables/nftables.ts";
import { milliseconds } from "../../src/units/milliseconds.ts";

const a = `lab-netns-a-${process.pid}`;
const b = `lab-netns-b-${process.pid}`;

beforeAll(() => createNamespaces([a, b]));

afterAll(async () => {
  forgetAllNamespaces();
  expect(await releaseNamespaces([a, b], milliseconds(8000))).toBe(0);
});

describe("namespaces", () => {
  test("ip netns lists what we make, and we list what it makes", async () => {
    const theirs = `${a}-theirs`;
    execFileSync("ip", ["netns", "add", theirs]);
    const listed = execFileSync("ip", ["netns", "list"], { encoding: "utf8" });
    expect(listed).toContain(a);
    const names = listNamespaces().map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining([a, b, theirs]));
    execFileSync("ip", ["netns", "exec", a, "true"]);
    expect(() => createNamespace(theirs)).toThrow(/EEXIST/);
    expect(await releaseNamespaces([theirs], milliseconds(5000))).toBe(0);
    expect(listNamespaces().map(({ name }) => name)).not.toContain(theirs);
  });

  test("release says so when something still holds a namespace, and no longer once it is gone", async () => {
    const name = `${a}-held`;
    createNamespace(name);
    const holder = openRoute(name);
    expect(await releaseNamespaces([name], milliseconds(200))).toBe(1);
    holder[Symbol.dispose]();
    expect(await releaseNamespaces([name], milliseconds(5000))).toBe(0);
  });

  test("a name that is given to another namespace is noticed", () => {
    const name = `${a}-again`;
    createNamespace(name);
    using first = openRoute(name);
    first.apply([createLink({ name: "d0", kind: "bridge" })]);
    execFileSync("ip", ["netns", "delete", name]);
    createNamespace(name);
    using second = openRoute(name);
    expect(readLinks(second).map((link) => link.name)).not.toContain("d0");
    deleteNamespace(name);
  });

  test("processes inside are found by the namespace's inode", async () => {
    const inode = namespaceInode(a) ?? 0;
    expect(processesInNamespace(inode)).toEqual([]);
    const child = spawn("ip", ["netns", "exec", a, "sh", "-c", "echo inside; exec sleep 60"]);
    await once(child.stdout, "data");
    expect(processesInNamespace(inode)).toEqual([child.pid]);
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(processesInNamespace(inode)).toEqual([]);
  });

  test("a program started within the call runs inside, one started afterwards does not", async () => {
    const words = ["-c", "echo ready; exec sleep 60"];
    const inside = inNamespace(a, () => spawn("sh", words));
    const outside = spawn("sh", words);
    await Promise.all([once(inside.stdout, "data"), once(outside.stdout, "data")]);
    expect(processesInNamespace(namespaceInode(a) ?? 0)).toEqual([inside.pid]);
    expect(processesInNamespace(currentNamespaceInode())).toContain(outside.pid);
    inside.kill("SIGKILL");
    outside.kill("SIGKILL");
    await Promise.all([once(inside, "exit"), once(outside, "exit")]);
  });

  test("a network setting is that namespace's alone", () => {
    const root = execFileSync("cat", ["/proc/sys/net/ipv4/ip_forward"], { encoding: "utf8" });
    writeSysctl(a, "ipv4.ip_forward", 1);
    expect(readSysctl(a, "ipv4.ip_forward")).toBe("1");
    expect(readSysctl(b, "ipv4.ip_forward")).toBe("0");
    expect(execFileSync("cat", ["/proc/sys/net/ipv4/ip_forward"], { encoding: "utf8" })).toBe(root);
    expect(() => writeSysctl(a, "ipv4.no_such_setting", 1)).toThrow(/ENOENT/);
    expect(() => writeSysctl(a, "../kernel/hostname", "x")).toThrow(RangeError);
  });
});

describe("nftables", () => {
  const rules = (port: number): string => `
    table inet lab
    delete table inet lab
    table inet lab {
      chain input {
        type filter hook input priority filter; policy accept;
        tcp dport ${port} counter drop
      }
    }
  `;

  test("rules are applied, replaced as a whole, and seen by nft in that namespace alone", () => {
    applyRules(a, rules(22));
    applyRules(a, rules(23));
    const seen = execFileSync("ip", ["netns", "exec", a, "nft", "list", "ruleset"], {
      encoding: "utf8",
    });
    expect(seen).toContain("tcp dport 23");
    expect(seen).not.toContain("tcp dport 22");
    expect(listRules(a)).toContain("tcp dport 23 counter drop");
    expect(listRules(b)).toBe("");
    expect(readRules(a).filter((entry) => "rule" in entry)).toHaveLength(1);
  });

  test("rules can be set by a process that holds more descriptors than select(2) can count", () => {
    const sockets = Array.from({ length: 1100 }, () => openRoute(b));
    try {
      applyRules(a, rules(24));
      expect(listRules(a)).toMatch(/tcp dport 24/);
    } finally {
      for (const socket of sockets) socket[Symbol.dispose]();
    }
  });

  test("a rule set with a fault changes nothing and names the fault", () => {
    const before = listRules(a);
    const half = "add table inet half\nadd rule inet lab nowhere drop\n";
    expect(() => applyRules(a, half)).toThrow(/No such file or directory/);
    expect(listRules(a)).toBe(before);
    expect(() => applyRules(a, "add rule inet lab input tcp dport nonsense drop\n")).toThrow(
      NftError,
    );
  });
});
