import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { expect, test } from "vitest";
import { FileLock } from "../../src/machine/file-lock.ts";
import { createNamespace, deleteNamespace } from "../../src/machine/netns/named.ts";
import {
  type Ended,
  eventually,
  identity,
  plain,
  processesOf,
  type Running,
  rootNamespace,
  run,
  Stage,
} from "./lifecycle-stage.ts";

function lockFile(stage: Stage, lab: string): string {
  return `${stage.state}/.${lab}.lock`;
}

test("while one command holds a lab another says who, at once; it works as soon as the first has ended", async () => {
  await using stage = new Stage();
  const lab = stage.name();
  const file = stage.write("plain", plain(lab));
  await stage.ok("up", file);
  const me = { pid: process.pid, command: "lab assess three", since: "noon" };
  const lock = FileLock.take(lockFile(stage, lab), me);
  if (!(lock instanceof FileLock)) throw new Error("the lock is taken");
  for (const words of [
    ["up", file],
    ["down", lab],
    ["inspect", lab],
  ]) {
    const { code, err } = await stage.lab(...words);
    expect(code).toBe(4);
    expect(err).toContain(`held by \`lab assess three\` (process ${process.pid}, since noon)`);
  }
  lock[Symbol.dispose]();
  await stage.ok("up", file);
  // What a dead holder wrote stays in the file; it holds nothing.
  expect(readFileSync(lockFile(stage, lab), "utf8")).toContain("lab up");
});

test("of two that bring up one lab at the same time one does it, the other names it", async () => {
  await using stage = new Stage();
  const lab = stage.name();
  const file = stage.write("plain", plain(lab));
  const first = stage.start("up", file);
  const second = stage.start("up", file);
  const ended = await Promise.all([first.ended, second.ended]);
  const [winner, loser] = ended[0].code === 0 ? ended : [ended[1], ended[0]];
  expect(winner.code, winner.err).toBe(0);
  // The loser may have started late enough to find the lab up: then there was nothing to do.
  if (loser.code !== 0) {
    expect(loser.code).toBe(4);
    expect(loser.err).toMatch(new RegExp(`held by .lab up .*process (${first.pid}|${second.pid})`));
  } else expect(loser.out).toContain("nothing to do");
  await stage.ok("down", lab);
  expect(stage.leftovers()).toEqual([]);
});

test("the lock of a killed command does not block", async () => {
  await using stage = new Stage();
  const lab = stage.name();
  const file = stage.write("plain", plain(lab));
  const up = stage.start("up", file);
  await eventually("it holds the lock", () => stage.leftovers().includes(`file .${lab}.lock`));
  process.kill(up.pid, "SIGKILL");
  await up.ended;
  expect(await stage.ok("up", file)).toContain("is up");
});

test("labs side by side do not disturb each other; down --all takes all that is not held and says which is", async () => {
  await using stage = new Stage();
  const labs = [stage.name(), stage.name(), stage.name()];
  const files = labs.map((lab) => stage.write(lab, plain(lab)));
  await Promise.all(files.map((file) => stage.ok("up", file)));
  const [one = "", two = "", three = ""] = labs;
  const before = identity(`lab-${two}-r1`);
  await stage.ok("down", one);
  expect(identity(`lab-${two}-r1`)).toBe(before);
  expect(await stage.ok("exec", two, "d", "--", "ping", "-c1", "-W2", "10.72.0.2")).toContain(
    "1 received",
  );
  const lock = FileLock.take(lockFile(stage, two), { pid: 1, command: "lab shell", since: "noon" });
  const held = await stage.lab("down", "--all");
  expect(held.code).toBe(4);
  expect(held.err).toContain(`lab "${two}" is held by \`lab shell\``);
  expect(stage.leftovers().filter((what) => what.includes(three))).toEqual([]);
  expect(identity(`lab-${two}-r1`)).toBe(before);
  if (lock instanceof FileLock) lock[Symbol.dispose]();
  await stage.ok("down", "--all");
  expect(stage.leftovers()).toEqual([]);
});

/** Sends an interrupt when something of the lab has come to be. */
async function interrupted(stage: Stage, what: RegExp, running: Running): Promise<Ended> {
  await eventually(`${what}`, () => stage.leftovers().some((left) => what.test(left)));
  process.kill(running.pid, "SIGINT");
  return await running.ended;
}

test("Ctrl-C while a lab comes up or is assessed: exit 130, and nothing is left", async () => {
  await using stage = new Stage();
  const before = rootNamespace();
  const lab = stage.name();
  const file = stage.write("plain", plain(lab));
  for (const moment of [/file .*lock/, /process .*--journal/, /namespace .*-d$/]) {
    const { code, err } = await interrupted(stage, moment, stage.start("up", file));
    expect(code, err).toBe(130);
    expect(stage.leftovers(), `${moment}`).toEqual([]);
  }
  const results = `${stage.directory}/results`;
  for (const moment of [/namespace .*-d$/, /process .*--journal/]) {
    const { code, err } = await interrupted(
      stage,
      moment,
      stage.start("run", file, "--results", results),
    );
    expect(code, err).toBe(130);
    expect(stage.leftovers(), `${moment}`).toEqual([]);
  }
  expect(rootNamespace()).toBe(before);
});

test("Ctrl-C in a command on a lab that was up leaves the lab up", async () => {
  await using stage = new Stage();
  const lab = stage.name();
  const file = stage.write("plain", plain(lab));
  await stage.ok("up", file);
  const sleeping = stage.start(
    "exec",
    lab,
    "a",
    "--",
    "sh",
    "-c",
    `sleep 1000; : ${stage.directory}`,
  );
  const inside = (): boolean =>
    processesOf(`: ${stage.directory}`).some(({ words }) => words.startsWith("sh "));
  await eventually("it sleeps", inside);
  process.kill(sleeping.pid, "SIGINT");
  expect((await sleeping.ended).code).toBe(130);
  await eventually("the command has gone with it", () => !inside());
  expect(JSON.parse(await stage.ok("up", file, "--json"))).toMatchObject({ applied: 0, drift: [] });
});

test("a name that is taken: nothing is done, the foreign namespace stays", async () => {
  await using stage = new Stage();
  const lab = stage.name();
  const file = stage.write("plain", plain(lab));
  const foreign = `lab-${lab}-b`;
  createNamespace(foreign);
  try {
    run("ip", "-n", foreign, "link", "add", "mine", "type", "bridge");
    const { code, err } = await stage.lab("up", file);
    expect(code).toBe(4);
    expect(err).toContain(foreign);
    expect(err).toContain("LAB_E_NAMESPACE_TAKEN");
    expect(stage.leftovers()).toEqual([`namespace ${foreign}`]);
    expect(identity(foreign)).toContain("mine");
  } finally {
    deleteNamespace(foreign);
  }
  await pause(0);
  await stage.ok("up", file);
});
