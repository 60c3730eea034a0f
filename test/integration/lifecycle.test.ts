import { once } from "node:events";
import { readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { expect, test } from "vitest";
import {
  daemonOf,
  eventually,
  identity,
  json,
  plain,
  rootNamespace,
  run,
  Stage,
} from "./lifecycle-stage.ts";

type Address = {
  readonly ifname: string;
  readonly addr_info: readonly { readonly local: string; readonly scope: string }[];
};

function addressesIn(namespace: string): readonly string[] {
  return json<Address[]>("ip", "-n", namespace, "-j", "addr").flatMap(({ ifname, addr_info }) =>
    addr_info.filter(({ scope }) => scope === "global").map(({ local }) => `${ifname} ${local}`),
  );
}

function listenersIn(namespace: string): string {
  return run("ip", "netns", "exec", namespace, "ss", "-Hlntu");
}

function drifts(json: string): readonly string[] {
  const { drift } = JSON.parse(json) as { drift: { act: string; object: { kind: string } }[] };
  return drift.map(({ act, object }) => `${act} ${object.kind}`).sort();
}

test("a topology comes up as the file says, leaves the root namespace alone, and goes without a trace", async () => {
  await using stage = new Stage();
  const before = rootNamespace();
  const lab = stage.name();
  const file = stage.write("plain", plain(lab));
  await stage.ok("up", file);
  const nodes = ["hv1", "r1", "a", "c", "b", "d"];
  const listed = run("ip", "netns", "list");
  for (const node of nodes) expect(listed).toContain(`lab-${lab}-${node}`);
  expect(addressesIn(`lab-${lab}-a`)).toEqual(["eth0 10.71.0.2", "eth0 fd00:71::2"]);
  expect(addressesIn(`lab-${lab}-r1`)).toEqual([
    "eth0 10.73.0.1",
    "eth0 fd00:73::1",
    "eth1 10.72.0.1",
  ]);
  const ports = json<{ master?: string; operstate: string }[]>(
    ...(["ip", "-n", `lab-${lab}-hv1`, "-j", "link"] as const),
  );
  expect(ports.filter(({ master }) => master === "vs0")).toHaveLength(2);
  expect(listenersIn(`lab-${lab}-a`)).toMatch(/udp .*:53 [\s\S]*tcp .*:80 /);
  expect(listenersIn(`lab-${lab}-d`)).toBe("");
  expect(await stage.ok("exec", lab, "a", "--", "ping", "-c1", "-W2", "10.71.0.3")).toContain(
    "1 received",
  );
  expect(await stage.ok("exec", lab, "d", "--", "ping", "-c1", "-W2", "10.72.0.2")).toContain(
    "1 received",
  );
  const refused = await stage.lab("exec", lab, "a", "--", "ping", "-c1", "-W1", "10.72.0.2");
  expect(refused.code).not.toBe(0);
  expect(rootNamespace()).toBe(before);
  await stage.ok("down", lab);
  expect(stage.leftovers()).toEqual([]);
  expect(rootNamespace()).toBe(before);
});

test("the comparison of the root namespace sees a listener of ours", async () => {
  const before = rootNamespace();
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  expect(rootNamespace()).not.toBe(before);
  server.close();
  await once(server, "close");
  expect(rootNamespace()).toBe(before);
});

test("applying twice does nothing; a changed file applies the difference, and untouched nodes keep their identity", async () => {
  await using stage = new Stage();
  const lab = stage.name();
  const file = stage.write("plain", plain(lab));
  await stage.ok("up", file);
  const nodes = ["a", "b", "c", "d", "r1"].map((node) => `lab-${lab}-${node}`);
  const before = nodes.map(identity);
  expect(JSON.parse(await stage.ok("up", file, "--json"))).toMatchObject({ applied: 0, drift: [] });

  stage.write("plain", plain(lab, { extra: true }));
  const planned = JSON.parse(await stage.ok("plan", file, "--json")) as {
    machines: { operations: object[] }[];
  };
  const added = JSON.parse(await stage.ok("up", file, "--json")) as { applied: number };
  expect(added.applied).toBe(planned.machines[0]?.operations.length);
  expect(added.applied).toBeGreaterThan(0);
  expect(nodes.map(identity)).toEqual(before);
  expect(await stage.ok("exec", lab, "x", "--", "ping", "-c1", "-W2", "10.71.0.2")).toContain(
    "1 received",
  );
  expect(listenersIn(`lab-${lab}-x`)).toContain(":90 ");

  stage.write("plain", plain(lab));
  await stage.ok("up", file);
  expect(run("ip", "netns", "list")).not.toContain(`lab-${lab}-x`);
  expect(nodes.map(identity)).toEqual(before);
  expect(JSON.parse(await stage.ok("up", file, "--json"))).toMatchObject({ applied: 0, drift: [] });
});

const hands: readonly (readonly [string, (lab: string) => void, readonly string[]])[] = [
  [
    "an address deleted",
    (lab) => run("ip", "-n", `lab-${lab}-b`, "address", "delete", "10.72.0.2/24", "dev", "eth0"),
    ["create address", "create route"],
  ],
  [
    "a link down",
    (lab) => run("ip", "-n", `lab-${lab}-hv1`, "link", "set", "vs0", "down"),
    ["set link"],
  ],
  [
    "a rule added in a router",
    (lab) =>
      run(
        "ip",
        "netns",
        "exec",
        `lab-${lab}-r1`,
        "nft",
        "insert rule inet lab forward icmp type echo-request drop",
      ),
    ["set ruleset"],
  ],
  [
    "forwarding switched off",
    (lab) => run("ip", "netns", "exec", `lab-${lab}-r1`, "sysctl", "-qw", "net.ipv4.ip_forward=0"),
    ["set sysctl"],
  ],
  [
    "a port taken out of its switch",
    (lab) => run("ip", "-n", `lab-${lab}-hv1`, "link", "set", "c-eth0", "nomaster"),
    ["create bridge-port", "set link"],
  ],
  [
    "a foreign interface",
    (lab) => run("ip", "-n", `lab-${lab}-c`, "link", "add", "extra0", "type", "bridge"),
    ["delete link"],
  ],
];

test("what was changed by hand is reported and left, and mended with --repair", async () => {
  await using stage = new Stage();
  const lab = stage.name();
  const file = stage.write("plain", plain(lab));
  await stage.ok("up", file);
  for (const [, act] of hands) act(lab);
  const expected = hands.flatMap(([, , operations]) => operations).sort();
  expect(drifts(await stage.ok("up", file, "--json"))).toEqual(expected);
  expect(drifts(await stage.ok("up", file, "--json")), "it stays").toEqual(expected);
  await stage.ok("up", file, "--repair");
  expect(drifts(await stage.ok("up", file, "--json")), "it is mended").toEqual([]);
  expect(await stage.ok("exec", lab, "d", "--", "ping", "-c1", "-W2", "10.72.0.2")).toContain(
    "1 received",
  );
  expect(await stage.ok("exec", lab, "a", "--", "ping", "-c1", "-W2", "10.71.0.3")).toContain(
    "1 received",
  );
});

test("a whole node deleted by hand is put back with --repair", async () => {
  await using stage = new Stage();
  const lab = stage.name();
  const file = stage.write("plain", plain(lab));
  await stage.ok("up", file);
  run("ip", "netns", "delete", `lab-${lab}-b`);
  expect(drifts(await stage.ok("up", file, "--json"))).toContain("create namespace");
  await stage.ok("up", file, "--repair");
  expect(drifts(await stage.ok("up", file, "--json"))).toEqual([]);
  expect(await stage.ok("exec", lab, "d", "--", "ping", "-c1", "-W2", "10.72.0.2")).toContain(
    "1 received",
  );
  expect(listenersIn(`lab-${lab}-b`)).toContain(":443 ");
});

test("after the daemon was killed the next command starts another, which listens for the workloads again", async () => {
  await using stage = new Stage();
  const lab = stage.name();
  const file = stage.write("plain", plain(lab));
  await stage.ok("up", file);

  const daemon = daemonOf(stage, lab);
  process.kill(daemon, "SIGKILL");
  await eventually("the listener is gone", () => listenersIn(`lab-${lab}-b`) === "");
  expect(JSON.parse(await stage.ok("up", file, "--json"))).toMatchObject({ applied: 0, drift: [] });
  expect(daemonOf(stage, lab)).not.toBe(daemon);
  expect(listenersIn(`lab-${lab}-b`)).toContain(":443 ");
});

test("down needs neither the file nor the record nor the daemon", async () => {
  await using stage = new Stage();
  const lab = stage.name();
  const file = stage.write("plain", plain(lab));
  await stage.ok("up", file);

  process.kill(daemonOf(stage, lab), "SIGKILL");
  rmSync(file);
  rmSync(`${stage.state}/${lab}/lab.json`);
  expect(readFileSync(stage.journal(lab), "utf8")).toContain('"intent"');
  await stage.ok("down", lab);
  expect(stage.leftovers()).toEqual([]);
});
