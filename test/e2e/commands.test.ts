import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { LabUser } from "./lab-user.ts";
import { framesShown } from "./tshark.ts";

/** Every command once, as somebody at a terminal calls it. */
const user = new LabUser();
const file = "topologies/vlans-two-hosts.yml";
const lab = "vlans-two-hosts";
let first = "";
let second = "";

beforeAll(async () => {
  await user.must("up", file);
  await user.assess("assess", lab, "reachability");
  [first = ""] = user.runs();
  await user.sh(lab, workload("to"), "ip link set eth0 down");
  await user.assess("assess", lab, "reachability");
  await user.must("up", file, "--repair");
  second = user.runs().at(-1) ?? "";
}, 180_000);

afterAll(async () => {
  await user[Symbol.asyncDispose]();
});

/** Two workloads of which the file says that one may ping the other. */
function workload(end: "from" | "to"): string {
  return end === "from" ? "VM1" : "VM3";
}

function json(text: string): unknown {
  return JSON.parse(text);
}

test("validate says what a file describes", async () => {
  expect(await user.must("validate", file)).toMatch(
    /is right: lab "vlans-two-hosts" with 1 switch/,
  );
  expect(json(await user.must("validate", file, "--json"))).toMatchObject({ valid: true, lab });
});

test("validate tells every fault of a file at once, exit 2, nothing on standard output", async () => {
  const bad = join(user.folder, "bad.yml");
  writeFileSync(bad, "name: bad\nvlan:\n  red: { id: 10 }\nworkloads:\n  a: { host: nowhere }\n");
  const ran = await user.run(["validate", bad]);
  expect(ran.code).toBe(2);
  expect(ran.stdout).toBe("");
  expect(ran.stderr).toMatch(/bad\.yml:2:1: .*did you mean "?vlans/);
  expect(ran.stderr).toMatch(/bad\.yml:5:\d+: .*nowhere/);
  expect(ran.stderr).toMatch(/^ +fix: /m);
  expect((await user.run(["up", bad])).code).toBe(2);
  expect((await user.run(["run", bad])).code).toBe(2);
});

test.each([
  [["frobnicate"], /there is no command "frobnicate"/],
  [["up"], /which file\?/],
  [["up", "no/such.yml"], /there is no file no\/such.yml/],
  [["assess", "nobody"], /nobody/],
  [["assess", lab, "--check", "VM-XX-R9"], /there is no check "VM-XX-R9"/],
  [["exec", lab, "nowhere", "--", "true"], /has no node "nowhere"/],
  [["exec", lab], /which lab, which node, which command\?/],
  [["report", "/nowhere"], /is not a run directory/],
  [["report", "/nowhere", "--frmat", "svg"], /frmat/],
  [["up", file, "--machine", "cray"], /there is no machine "cray"/],
  [["drill", lab, "--defect", "gremlins"], /there is no defect "gremlins"/],
  [["explain", "VM-XX-R9"], /there is no recommendation/],
])("lab %j is bad input: exit 2, a reason and a fix", async (args, reason) => {
  const ran = await user.run(args);
  expect(ran.stderr).toMatch(reason);
  expect(ran.stderr).toMatch(/^ +fix: /m);
  expect(ran.stdout).toBe("");
  expect(ran.code).toBe(2);
});

test("help names every command, and one command's options", async () => {
  const help = await user.must("--help");
  const words =
    "validate plan up ps inspect exec shell logs capture probe assess drill explain report compare run down doctor graph";
  for (const word of words.split(" ")) expect(help).toMatch(new RegExp(`^ +${word}\\b`, "m"));
  expect(await user.must("up", "--help")).toContain("--repair");
});

test("plan on a lab that is up has nothing to do; the same plan as JSON", async () => {
  expect(await user.must("plan", file)).toMatch(/: 0 operations\n$/);
  expect(json(await user.must("plan", file, "--json"))).toMatchObject({
    lab,
    machines: [{ operations: [] }],
  });
});

test("ps lists the lab", async () => {
  expect(await user.must("ps")).toMatch(/vlans-two-hosts +up/);
  expect(json(await user.must("ps", "--json"))).toMatchObject([{ lab, state: "up" }]);
});

test("inspect shows the parts, the points and no drift", async () => {
  const text = await user.must("inspect", lab);
  expect(text).toMatch(/^points: .*VM1:eth0/m);
  expect(text).not.toContain("differs");
  expect(json(await user.must("inspect", lab, "--json"))).toMatchObject({ lab, drift: [] });
});

test("exec passes output, standard error and the code on", async () => {
  const ran = await user.run([
    "exec",
    lab,
    "VM1",
    "--",
    "sh",
    "-c",
    "echo out; echo err >&2; exit 7",
  ]);
  expect(ran).toEqual({ code: 7, stdout: "out\n", stderr: "err\n" });
});

test("shell reads commands from standard input", async () => {
  const ran = await user.run(["shell", lab, "VM1"], "ip -br link show eth0\nexit 3\n");
  expect(ran.stdout).toMatch(/^eth0/m);
  expect(ran.code).toBe(3);
});

test("logs shows the guest's console and the journal", async () => {
  const text = await user.must("logs", lab);
  expect(text).toMatch(/== journal/);
  expect(json(await user.must("logs", lab, "--json"))).toContainEqual(
    expect.objectContaining({ what: "journal" }),
  );
});

test("probe tells whether a real attempt was answered", async () => {
  const answered = await user.run([
    "probe",
    lab,
    workload("from"),
    workload("to"),
    "icmp",
    "--json",
  ]);
  expect(json(answered.stdout)).toMatchObject([{ answer: "reply" }]);
  expect(answered.code).toBe(0);
  const refused = await user.run(["probe", lab, workload("from"), workload("to"), "tcp/9"]);
  expect(refused.stdout).toMatch(/refused/);
  expect(refused.code).toBe(1);
});

test("capture writes what passed a point while it ran", async () => {
  const path = join(user.folder, "VM1.pcapng");
  const recording = user.start(["capture", lab, "VM1:eth0", "-w", path]);
  await recording.saying(/recording VM1:eth0/);
  await user.sh(lab, "VM1", "busybox arping -c 1 -w 2 -I eth0 10.100.0.99 || true");
  recording.interrupt();
  const { code, stdout, stderr } = await recording.ended;
  expect(stdout).toBe("");
  expect(stderr).toMatch(/VM1:eth0: \d+ frames, 0 dropped/);
  expect(code).toBe(0);
  expect((await framesShown(path, "arp")).length).toBeGreaterThan(0);
});

test("assess with --json has the result on standard output and progress on standard error only", async () => {
  const ran = await user.run([
    "assess",
    lab,
    "--check",
    "reachability",
    "--json",
    "--results",
    user.results,
  ]);
  expect(json(ran.stdout)).toMatchObject({ schemaVersion: 1, lab });
  expect(ran.stderr).toMatch(/^\[ *[\d.]+s\] round 1 of 1/m);
  const quiet = await user.run([
    "assess",
    lab,
    "--check",
    "reachability",
    "--quiet",
    "--results",
    user.results,
  ]);
  expect(quiet.stderr).toBe("");
});

test.each([
  ["text", /^vlans-two-hosts: security/],
  ["json", /^\{\n {2}"schemaVersion": 1/],
  ["junit", /^<\?xml [\s\S]*<testsuite/],
  ["svg", /^<svg|^<\?xml/],
])("report prints a run as %s", async (format, start) => {
  expect(await user.must("report", first, "--format", format)).toMatch(start);
});

test("report of a format that is none is bad input", async () => {
  expect((await user.run(["report", first, "--format", "pdf"])).code).toBe(2);
});

test("compare tells what is new in the second run and fails for it, and for nothing else", async () => {
  const worse = await user.run(["compare", first, second]);
  expect(worse.stdout).toMatch(/reachability/);
  expect(worse.code).not.toBe(0);
  expect((await user.run(["compare", first, first])).code).toBe(0);
  expect(json((await user.run(["compare", first, second, "--json"])).stdout)).toBeTypeOf("object");
});

test("explain, by id and as JSON", async () => {
  expect(await user.must("explain", "vm-vn-r1")).toMatch(/VM-VN-R1/);
  expect(json(await user.must("explain", "VM-TM-R1", "--json"))).toMatchObject({ id: "VM-TM-R1" });
});

test("graph draws Mermaid and Graphviz", async () => {
  expect(await user.must("graph", file)).toMatch(/^(graph|flowchart)/m);
  expect(await user.must("graph", file, "--dot")).toMatch(/^(di)?graph/m);
  expect(json(await user.must("graph", file, "--json"))).toBeTypeOf("object");
});

test("doctor says what this machine can do", async () => {
  const ran = await user.run(["doctor", "--json"]);
  expect(json(ran.stdout)).toContainEqual(expect.objectContaining({ name: "guest", ok: true }));
  expect(ran.code).toBe(0);
});

test("drill --list names the defects that fit", async () => {
  expect(await user.must("drill", file, "--list")).toMatch(/trunk-vlan-surplus +VM-VN-R1/);
});

test("a reader that goes away early is no fault of lab", async () => {
  const command = `for i in $(seq 5000); do echo some line of text to fill a pipe; done`;
  const running = user.start(["exec", lab, "VM1", "--", "sh", "-c", command]);
  running.stopReading();
  expect((await running.ended).stderr).toBe("");
});

test("down takes it away, and a second one says that there is nothing", async () => {
  expect(await user.must("down", lab)).toBe(`down: ${lab}\n`);
  expect(user.processes()).toEqual([]);
  const again = await user.run(["down", lab]);
  expect(again.code).toBe(2);
  expect(existsSync(join(user.folder, "state", lab))).toBe(false);
  expect(readFileSync(join(first, "report.txt"), "utf8")).toContain("reachability");
});
