import { appendFileSync, readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { expect, test } from "vitest";
import { DaemonClient } from "../../src/daemon/client.ts";
import { lineChannel } from "../../src/machine/line-channel.ts";
import { processIdentity } from "../../src/machine/process-identity.ts";
import { connectSocket } from "../../src/machine/start-daemon.ts";
import type { LabObject } from "../../src/plan/object.ts";
import { inverse, type Operation } from "../../src/plan/operation.ts";
import type { Point } from "../../src/trial/trial.ts";
import { daemonOf, eventually, json, plain, run, Stage } from "./lifecycle-stage.ts";

async function client(stage: Stage, lab: string): Promise<DaemonClient> {
  const stream = await connectSocket(`${stage.state}/${lab}/control.sock`);
  if (stream === undefined) throw new Error("nobody listens");
  const opened = new DaemonClient(lineChannel(stream));
  await opened.call("hello", { lab });
  return opened;
}

/** A link down, an address gone, a rule set changed, a port blocked by tc, a listener stopped: one of each kind that is undone. */
async function change(lab: string, daemon: DaemonClient): Promise<readonly Operation[]> {
  const actual = await daemon.call("read", { desired: [] });
  const find = (isIt: (object: LabObject) => boolean): LabObject => {
    const found = actual.find(isIt);
    if (found === undefined) throw new Error("the lab lacks what is to be changed");
    return found;
  };
  const port = find((object) => object.kind === "link" && object.name === "c-eth0");
  const address = find((object) => object.kind === "address" && object.address === "10.72.0.2/24");
  const route = find((object) => object.kind === "route" && object.namespace === `lab-${lab}-b`);
  const rules = find((object) => object.kind === "ruleset" && object.namespace === `lab-${lab}-r1`);
  const service = find(
    (object) => object.kind === "service" && object.namespace === `lab-${lab}-b`,
  );
  if (port.kind !== "link" || rules.kind !== "ruleset") throw new Error("of another kind");
  const body = "chain forward { type filter hook forward priority 0; policy drop; }";
  return [
    { act: "delete", object: service },
    { act: "delete", object: route },
    { act: "delete", object: address },
    { act: "set", object: { ...port, up: false }, was: port },
    { act: "set", object: { ...rules, body }, was: rules },
  ];
}

/** What the change touches, as the kernel tells it. */
function seen(lab: string): string {
  const link = json<{ flags: string[] }[]>(
    "ip",
    "-n",
    `lab-${lab}-hv1`,
    "-j",
    "link",
    "show",
    "c-eth0",
  );
  return [
    link[0]?.flags.includes("UP") === true ? "up" : "down",
    run("ip", "-n", `lab-${lab}-b`, "-4", "-br", "address", "show", "eth0").replaceAll(/\s+/g, " "),
    run("ip", "-n", `lab-${lab}-b`, "route"),
    run("ip", "netns", "exec", `lab-${lab}-r1`, "nft", "list", "ruleset"),
    run("ip", "netns", "exec", `lab-${lab}-b`, "ss", "-Hlnt"),
  ].join("\n");
}

test("a change is taken back at its end, when its client goes, and by the next command when the daemon is killed too", async () => {
  await using stage = new Stage();
  const lab = stage.name();
  const file = stage.write("plain", plain(lab));
  await stage.ok("up", file);
  const before = seen(lab);
  {
    using daemon = await client(stage, lab);
    const operations = await change(lab, daemon);
    await daemon.call("change-begin", { id: "one", operations });
    const during = seen(lab);
    expect(during).not.toBe(before);
    expect(during).toContain("policy drop");
    expect(during).not.toContain("10.72.0.2");
    await daemon.call("change-end", { id: "one" });
    expect(seen(lab)).toBe(before);
    await daemon.call("change-begin", { id: "two", operations });
    expect(seen(lab)).toBe(during);
  }
  await eventually("the client's change is taken back", () => seen(lab) === before);

  using daemon = await client(stage, lab);
  await daemon.call("change-begin", { id: "three", operations: await change(lab, daemon) });
  process.kill(daemonOf(stage, lab), "SIGKILL");
  await pause(50);
  expect(seen(lab)).not.toBe(before);
  expect(JSON.parse(await stage.ok("up", file, "--json"))).toMatchObject({ applied: 0, drift: [] });
  expect(seen(lab)).toBe(before);
  expect(readFileSync(stage.journal(lab), "utf8")).toContain(
    '{"entry":"change-undone","id":"three"}',
  );
});

test("a change that was killed before its first or half of its acts is taken back as well", async () => {
  await using stage = new Stage();
  const lab = stage.name();
  const file = stage.write("plain", plain(lab));
  await stage.ok("up", file);
  const before = seen(lab);
  for (const acts of [0, 2]) {
    const daemon = await client(stage, lab);
    const operations = await change(lab, daemon);
    // What the daemon writes before it begins; then as many acts as it came to.
    const undo = operations.map(inverse).reverse();
    appendFileSync(
      stage.journal(lab),
      `${JSON.stringify({ entry: "change", id: `cut ${acts}`, undo })}\n`,
    );
    await daemon.call("apply", { operations: operations.slice(0, acts) });
    process.kill(daemonOf(stage, lab), "SIGKILL");
    daemon[Symbol.dispose]();
    expect(JSON.parse(await stage.ok("up", file, "--json"))).toMatchObject({
      applied: 0,
      drift: [],
    });
    expect(seen(lab)).toBe(before);
  }
});

test("a recorder that hangs when its daemon is killed goes with it", async () => {
  await using stage = new Stage();
  const lab = stage.name();
  await stage.ok("up", stage.write("plain", plain(lab)));
  using daemon = await client(stage, lab);
  const point = { point: "a:eth0" as Point, namespace: `lab-${lab}-a`, interface: "eth0" };
  const directory = `${stage.state}/${lab}/exchange`;
  await daemon.call("record-start", { points: [point], directory });
  const recorders = run("pgrep", "-P", String(daemonOf(stage, lab)))
    .trim()
    .split("\n")
    .map(Number);
  expect(recorders).not.toEqual([]);
  for (const pid of recorders) process.kill(pid, "SIGSTOP");
  process.kill(daemonOf(stage, lab), "SIGKILL");
  await stage.ok("down", lab);
  expect(recorders.filter((pid) => isAlive(pid))).toEqual([]);
  expect(stage.leftovers()).toEqual([]);
});

function isAlive(pid: number): boolean {
  return processIdentity(pid) !== undefined;
}
