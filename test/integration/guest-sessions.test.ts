import { spawn } from "node:child_process";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { LabUser, outcomesOf } from "../e2e/lab-user.ts";

const lab = "vlans-two-hosts";
const check = "VM-VN-R1";
let user: LabUser;

beforeAll(async () => {
  user = new LabUser();
  await user.must("up", `topologies/${lab}.yml`, "--machine", "qemu");
}, 180_000);

afterAll(async () => {
  await user[Symbol.asyncDispose]();
}, 60_000);

test("commands in a guest's nodes work while the lab is assessed, and the assessment does not notice", async () => {
  let assessed = false;
  const assessment = user.assess("assess", lab, check).finally(() => {
    assessed = true;
  });
  const meanwhile: string[] = [];
  while (!assessed) {
    const both = [1, 2].map(() => user.sh(lab, "VM1", "cat /sys/class/net/*/address"));
    const texts = await Promise.all(both);
    if (!assessed) meanwhile.push(...texts);
  }
  const { result } = await assessment;
  expect(outcomesOf(result)[check]).toBe("pass");
  expect(meanwhile.length).toBeGreaterThanOrEqual(2);
  expect(new Set(meanwhile).size).toBe(1);
}, 180_000);

/** `lab shell` on a terminal of its own, whose keys are pressed as the test says. */
function onTerminal(node: string): {
  readonly press: (keys: string) => void;
  readonly screen: () => string;
  readonly ended: Promise<number | null>;
} {
  const command = `${process.execPath} bin/lab.mjs shell ${lab} ${node}`;
  // biome-ignore lint/style/noProcessEnv: a program that is started inherits all of it
  const env = { ...process.env, LAB_STATE: join(user.folder, "state") };
  const child = spawn("/usr/bin/script", ["-qec", command, "/dev/null"], { env });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (more: string) => {
    text += more;
  });
  return {
    press: (keys) => child.stdin.write(keys),
    screen: () => text,
    ended: new Promise((resolve) => child.once("close", resolve)),
  };
}

test("a shell in a node has a terminal: Ctrl-C ends what runs in it, and its exit code is the command's", async () => {
  const { press, screen, ended } = onTerminal("VM1");
  const sees = (text: RegExp): Promise<void> =>
    expect.poll(screen, { timeout: 20_000 }).toMatch(text);
  await sees(/# $/);
  press("tty; sleep 1000\r");
  await sees(/\/dev\/pts\/\d+/);
  press("\u0003");
  press("echo over-$((20 + 3))\r");
  await sees(/over-23/);
  press("exit 7\r");
  expect(await ended).toBe(7);
}, 60_000);

test("without a terminal a shell takes its commands from its input", async () => {
  const { code, stdout } = await user.run(["shell", lab, "VM1"], "echo one\nexit 5\n");
  expect({ code, stdout }).toEqual({ code: 5, stdout: "one\n" });
}, 60_000);
