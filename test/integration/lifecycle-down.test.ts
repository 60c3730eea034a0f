import { spawn } from "node:child_process";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { expect, test } from "vitest";
import { createNamespace, deleteNamespace } from "../../src/machine/netns/named.ts";
import { eventually, plain, rootNamespace, run, Stage } from "./lifecycle-stage.ts";

/** What a kill has to leave for `lab down`, and that `lab down` then has done its work: nothing is there. */
async function downAfterKill(stage: Stage, lab: string): Promise<void> {
  const isTraceable = stage.leftovers().length > 0;
  const { code, err } = await stage.lab("down", lab);
  // A kill before the first file leaves a lab that nobody has heard of: bad input, and nothing to do.
  expect(code, err).toBe(isTraceable ? 0 : 2);
  expect(stage.leftovers()).toEqual([]);
}

test("lab up killed while its journal grows: down leaves nothing", async () => {
  await using stage = new Stage();
  const before = rootNamespace();
  const lab = stage.name();
  const file = stage.write("plain", plain(lab));
  await stage.ok("up", file);
  const lines = readFileSync(stage.journal(lab), "utf8").split("\n").length - 1;
  await stage.ok("down", lab);
  let caught = 0;
  for (let after = 0; after < lines; after++) {
    const up = stage.start("up", file);
    let over = false;
    void up.ended.then(() => {
      over = true;
    });
    while (!over && journalLines(stage.journal(lab)) <= after) await pause(0);
    if (!over) caught += 1;
    process.kill(up.pid, "SIGKILL");
    await up.ended;
    await downAfterKill(stage, lab);
  }
  expect(caught).toBeGreaterThan(lines / 2);
  expect(rootNamespace()).toBe(before);
});

function journalLines(path: string): number {
  return existsSync(path) ? readFileSync(path, "utf8").split("\n").length - 1 : 0;
}

test("lab up killed together with its daemon, at moments spread over its life: down leaves nothing", async () => {
  await using stage = new Stage();
  const lab = stage.name();
  const file = stage.write("plain", plain(lab));
  const { milliseconds } = await stage.lab("up", file);
  await stage.ok("down", lab);
  for (let moment = 1; moment <= 6; moment++) {
    const up = stage.start("up", file);
    await Promise.race([pause((milliseconds * moment) / 6), up.ended]);
    kill(up.pid);
    for (const pid of daemons(stage, lab)) kill(pid);
    await up.ended;
    await downAfterKill(stage, lab);
  }
});

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // it had ended
  }
}

/** From the journal, as far as it says. */
function daemons(stage: Stage, lab: string): readonly number[] {
  if (!existsSync(stage.journal(lab))) return [];
  const pids = [
    ...readFileSync(stage.journal(lab), "utf8").matchAll(
      /"role":"daemon","identity":\{"pid":(\d+)/g,
    ),
  ];
  return pids.map(([, pid]) => Number(pid));
}

test("down killed half way is finished by the next down; the lab is not taken for one that is up", async () => {
  await using stage = new Stage();
  const lab = stage.name();
  const file = stage.write("plain", plain(lab));
  await stage.ok("up", file);
  const record = join(stage.state, lab, "lab.json");
  const down = stage.start("down", lab);
  await eventually("the record is gone", () => !existsSync(record));
  kill(down.pid);
  await down.ended;
  if (existsSync(stage.journal(lab))) {
    expect((await stage.lab("exec", lab, "a", "--", "true")).code).toBe(2);
    expect(JSON.parse(await stage.ok("up", file, "--json"))).toMatchObject({ drift: [] });
    expect(await stage.ok("exec", lab, "a", "--", "ping", "-c1", "-W2", "10.71.0.3")).toContain(
      "1 received",
    );
  }
});

test("a foreign process inside a namespace of the lab is ended, one outside is not", async () => {
  await using stage = new Stage();
  const lab = stage.name();
  await stage.ok("up", stage.write("plain", plain(lab)));
  const inside = spawn("ip", ["netns", "exec", `lab-${lab}-a`, "sleep", "1000"], {
    stdio: "ignore",
  });
  const outside = spawn("sleep", ["1000"], { stdio: "ignore" });
  try {
    const home = statSync(`/run/netns/lab-${lab}-a`).ino;
    await eventually("it is inside", () =>
      run("readlink", `/proc/${inside.pid}/ns/net`).includes(`${home}`),
    );
    await stage.ok("down", lab);
    expect(stage.leftovers()).toEqual([]);
    await eventually("it has ended", () => inside.signalCode === "SIGKILL");
    expect(outside.exitCode ?? outside.signalCode).toBeNull();
  } finally {
    inside.kill("SIGKILL");
    outside.kill("SIGKILL");
  }
});

test("after a reboot nothing is touched that now has the lab's names", async () => {
  await using stage = new Stage();
  const lab = stage.name();
  const file = stage.write("plain", plain(lab));
  await stage.ok("up", file);
  const daemon = daemons(stage, lab)[0] ?? 0;
  const bootId = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  const journal = readFileSync(stage.journal(lab), "utf8");
  const record = readFileSync(join(stage.state, lab, "lab.json"), "utf8");
  const other = "00000000-0000-4000-8000-000000000000";
  writeFileSync(stage.journal(lab), journal.replaceAll(bootId, other));
  writeFileSync(join(stage.state, lab, "lab.json"), record.replaceAll(bootId, other));
  expect((await stage.lab("exec", lab, "a", "--", "true")).code).toBe(2);
  await stage.ok("down", lab);
  expect(run("ip", "netns", "list")).toContain(`lab-${lab}-a`);
  expect(existsSync(`/proc/${daemon}`)).toBe(true);
  // The positive control: the same files with this boot's id take it all away.
  run("mkdir", "-p", join(stage.state, lab));
  writeFileSync(stage.journal(lab), journal);
  await stage.ok("down", lab);
  expect(stage.leftovers()).toEqual([]);
});

test("lab up after a reboot brings the lab up anew", async () => {
  await using stage = new Stage();
  const lab = stage.name();
  const file = stage.write("plain", plain(lab));
  const bootId = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  await stage.ok("up", file);
  const paths = [stage.journal(lab), join(stage.state, lab, "lab.json")];
  const texts = paths.map((path) => readFileSync(path, "utf8"));
  await stage.ok("down", lab);
  run("mkdir", "-p", join(stage.state, lab));
  paths.forEach((path, index) => {
    writeFileSync(
      path,
      (texts[index] ?? "").replaceAll(bootId, "00000000-0000-4000-8000-000000000000"),
    );
  });
  expect(JSON.parse(await stage.ok("ps", "--json"))).toMatchObject([{ lab, state: "left behind" }]);
  const up = JSON.parse(await stage.ok("up", file, "--json")) as {
    applied: number;
    drift: object[];
  };
  expect(up.applied).toBeGreaterThan(100);
  expect(up.drift).toEqual([]);
  expect(await stage.ok("exec", lab, "a", "--", "ping", "-c1", "-W2", "10.71.0.3")).toContain(
    "1 received",
  );
});

test("a namespace that somebody else made under a name of the lab stays, and so do its processes; ours goes", async () => {
  await using stage = new Stage();
  const lab = stage.name();
  await stage.ok("up", stage.write("plain", plain(lab)));
  const [theirs, deleted] = [`lab-${lab}-d`, `lab-${lab}-c`];
  run("ip", "netns", "delete", deleted);
  run("ip", "netns", "delete", theirs);
  // Until the kernel has let go: then the very next namespace gets the inode of ours.
  await pause(100);
  createNamespace(theirs);
  const inside = spawn("ip", ["netns", "exec", theirs, "sleep", "1000"], { stdio: "ignore" });
  try {
    const home = statSync(`/run/netns/${theirs}`).ino;
    await eventually("it is inside", () =>
      run("readlink", `/proc/${inside.pid}/ns/net`).includes(`${home}`),
    );
    await stage.ok("down", lab);
    expect(stage.leftovers()).toEqual([`namespace ${theirs}`]);
    expect(inside.exitCode ?? inside.signalCode).toBeNull();
  } finally {
    inside.kill("SIGKILL");
    deleteNamespace(theirs);
  }
});
