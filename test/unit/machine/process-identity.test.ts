import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, test } from "vitest";
import {
  bornToDie,
  isAlive,
  killProcess,
  ownIdentity,
  processIdentity,
  waitUntilGone,
} from "../../../src/machine/process-identity.ts";
import { milliseconds } from "../../../src/units/milliseconds.ts";

describe("process identity", () => {
  test("this process is alive; the same pid with another start time or boot is not", () => {
    const own = ownIdentity();
    expect(isAlive(own)).toBe(true);
    expect(isAlive({ ...own, startTime: `${own.startTime}1` })).toBe(false);
    expect(isAlive({ ...own, bootId: "another" })).toBe(false);
  });

  test("a name with brackets and blanks does not confuse the reading", async () => {
    const child = spawn("bash", ["-c", 'exec -a ") S 1 (" sleep 60']);
    await once(child, "spawn");
    const identity = processIdentity(child.pid ?? 0);
    expect(Number(identity?.startTime)).toBeGreaterThanOrEqual(Number(ownIdentity().startTime));
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(processIdentity(child.pid ?? 0)).toBeUndefined();
  });

  test("kill reaches exactly the process meant", async () => {
    const child = spawn("sleep", ["60"]);
    await once(child, "spawn");
    const identity = processIdentity(child.pid ?? 0);
    if (identity === undefined) throw new Error("the child is not listed");
    expect(killProcess({ ...identity, startTime: "1" }, "SIGKILL")).toBe(false);
    expect(isAlive(identity)).toBe(true);
    expect(killProcess(identity, "SIGKILL")).toBe(true);
    expect(await waitUntilGone([identity], milliseconds(5000))).toEqual([]);
    expect(killProcess(identity, "SIGKILL")).toBe(false);
  });

  test("a child that is born to die goes with its parent; a plain one stays", async () => {
    const { command, arguments: wrapped } = bornToDie("sleep", ["61"]);
    const script = `
      const { spawn } = require("node:child_process");
      const options = { detached: true, stdio: "ignore" };
      const a = spawn(${JSON.stringify(command)}, ${JSON.stringify(wrapped)}, options);
      const b = spawn("sleep", ["61"], options);
      console.log(JSON.stringify([a.pid, b.pid]));
      setInterval(() => {}, 1000);`;
    const parent = spawn(process.execPath, ["-e", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [line] = (await once(parent.stdout, "data")) as [Buffer];
    const [mortal, plain] = (JSON.parse(line.toString()) as number[]).map(processIdentity);
    if (mortal === undefined || plain === undefined) throw new Error("a child is not listed");
    // The wrapper sets the signal before it becomes the program: kill the parent only then.
    await waitForProgram(mortal.pid, "sleep");
    parent.kill("SIGKILL");
    expect(await waitUntilGone([mortal], milliseconds(5000))).toEqual([]);
    expect(isAlive(plain)).toBe(true);
    killProcess(plain, "SIGKILL");
  });
});

test("our own program can bind itself to its parent", async () => {
  const control = new URL("../../../src/machine/libc/process-control.ts", import.meta.url).href;
  const program = `
    const { dieWithParent } = await import(${JSON.stringify(control)});
    dieWithParent(9);
    process.stdout.write(String(process.pid));
    setInterval(() => {}, 1000);`;
  const script = `
    const { spawn } = require("node:child_process");
    const words = ["--input-type=module", "-e", ${JSON.stringify(program)}];
    spawn(process.execPath, words, { detached: true, stdio: ["ignore", 1, 2] });
    setInterval(() => {}, 1000);`;
  const parent = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "inherit"] });
  const [pid] = (await once(parent.stdout, "data")) as [Buffer];
  const child = processIdentity(Number(pid.toString()));
  if (child === undefined) throw new Error("the child is not listed");
  parent.kill("SIGKILL");
  expect(await waitUntilGone([child], milliseconds(5000))).toEqual([]);
});

async function waitForProgram(pid: number, name: string): Promise<void> {
  const { readFileSync } = await import("node:fs");
  const deadline = performance.now() + 5000;
  while (readFileSync(`/proc/${pid}/comm`, "utf8").trim() !== name) {
    if (performance.now() > deadline) throw new Error(`process ${pid} did not become ${name}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
