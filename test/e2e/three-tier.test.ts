import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { EvidenceRef } from "../../src/score/finding.ts";
import type { Result } from "../../src/score/result.ts";
import { complaints, findingsOf, type Judged, LabUser, outcomesOf } from "./lab-user.ts";
import { fieldsOf, framesShown } from "./tshark.ts";

/** The command of the README's first page, and whether what it leaves behind is what it says. */
const user = new LabUser();
let stdout = "";
let stderr = "";
let code = -1;
let run = "";
let result: Result;
const file = "topologies/three-tier.yml";
const topology = readFileSync(file, "utf8");

beforeAll(async () => {
  const results = ["--results", user.results];
  ({ code, stdout, stderr } = await user.run(["run", file, ...results]));
  run = user.runs().at(-1) ?? "";
  result = JSON.parse(readFileSync(join(run, "result.json"), "utf8")) as Result;
}, 300_000);

afterAll(async () => {
  await user[Symbol.asyncDispose]();
});

test("lab run ends with 0 and the outcomes that the topology expects", () => {
  expect(complaints(result)).toEqual([]);
  expect(outcomesOf(result)).toMatchObject({
    ...{ "VM-VN-R1": "pass", "VM-MP-R3": "pass", "VM-TM-R1": "pass", reachability: "pass" },
  });
  expect(result.unexpected).toEqual([]);
  expect(code).toBe(0);
});

test("the report is on standard output and the progress on standard error", () => {
  expect(stdout).toContain("VM-VN-R1");
  expect(stdout).not.toMatch(/^\[ *\d/m);
  expect(stderr).toMatch(/^\[ *[\d.]+s\] machine: /m);
  expect(stderr).toMatch(/^\[ *[\d.]+s\] round 1 of \d/m);
});

test("the run directory has everything that contract 4 names", () => {
  const files = ["result.json", "topology.yml", "plan.json", "probes.jsonl", "drops.json"];
  for (const name of [...files, "report.txt", "junit.xml"]) {
    expect(readFileSync(join(run, name), "utf8").length, name).toBeGreaterThan(0);
  }
  expect(readFileSync(join(run, "topology.yml"), "utf8")).toBe(topology);
  const facts = readdirSync(join(run, "facts"));
  expect(facts.length).toBeGreaterThan(0);
  for (const name of facts) {
    const fact = JSON.parse(readFileSync(join(run, "facts", name), "utf8")) as object;
    expect(fact, name).toHaveProperty("source");
  }
  const plan = JSON.parse(readFileSync(join(run, "plan.json"), "utf8")) as object;
  expect(plan).toHaveProperty("machines.0.operations");
  expect(plan).toHaveProperty("machines.0.capabilities");
  for (const { evidence } of findingsOf(result)) {
    for (const ref of evidence) {
      const path = "recording" in ref ? ref.recording : ref.facts;
      expect(existsSync(join(run, path)), path).toBe(true);
    }
  }
});

test("lab assess --from gives the same result byte for byte", async () => {
  const again = await user.run(["assess", "--from", run, "--json"]);
  expect(again.stdout).toBe(readFileSync(join(run, "result.json"), "utf8"));
  expect(again.code).toBe(0);
});

/** The first finding of each kind of expectation, and a few more spread over the rest. */
function sample(): readonly Judged[] {
  const filtered = findingsOf(result).filter(
    ({ check, filter }) => filter !== undefined && check !== "VM-MP-R3",
  );
  const kinds = Map.groupBy(
    filtered,
    ({ check, expected }) => `${check} ${expected.replaceAll(/\S*[\d:]\S*/g, "")}`,
  );
  const firsts = [...kinds.values()].map(([first]) => first as Judged);
  return [...new Set([...firsts, ...filtered.filter((_, at) => at % 17 === 0)])];
}

/** Recordings of a finding with the frames it names there. */
function namedFrames({ evidence }: Judged): ReadonlyMap<string, readonly number[]> {
  const named = new Map<string, readonly number[]>();
  for (const ref of evidence) {
    if (!("recording" in ref)) continue;
    named.set(ref.recording, [...(named.get(ref.recording) ?? []), ...ref.frames]);
  }
  return named;
}

function decisiveOf({ subject, evidence }: Judged): Extract<EvidenceRef, { recording: string }> {
  const [decisive] = evidence;
  if (decisive !== undefined && "recording" in decisive) return decisive;
  throw new Error(`${subject} names no recording`);
}

test("Wireshark shows under a finding's filter the frames it names, and nothing for an absence", async () => {
  const chosen = sample();
  expect(chosen.length).toBeGreaterThan(10);
  const isAbsence = ({ expected }: Judged): boolean => /^no frame[^;]*$/.test(expected);
  expect(chosen.filter(isAbsence).length).toBeGreaterThan(0);
  for (const finding of chosen) {
    const { subject, filter = "" } = finding;
    const decisive = decisiveOf(finding);
    for (const [recording, named] of namedFrames(finding)) {
      const shown = await framesShown(join(run, recording), filter);
      const surplus = shown.filter((frame) => !named.includes(frame));
      expect({ subject, recording, surplus }).toEqual({ subject, recording, surplus: [] });
    }
    const shown = await framesShown(join(run, decisive.recording), filter);
    // The filter of a trunk's finding shows what is surplus; the frames named are those that are due.
    const isTrunk = finding.expected.startsWith("exactly VLAN");
    if (isTrunk || isAbsence(finding)) expect(shown, subject).toEqual([]);
    else expect(shown, subject).toEqual(expect.arrayContaining([...decisive.frames]));
  }
});

test("a trunk's frames carry the VLANs that its finding says", async () => {
  const trunks = findingsOf(result).filter(({ expected }) => expected.startsWith("exactly VLAN"));
  expect(trunks.length).toBe(8);
  for (const trunk of trunks) {
    const { expected } = trunk;
    const decisive = decisiveOf(trunk);
    const fields = ["vlan.id", "frame.interface_name"];
    const rows = await fieldsOf(join(run, decisive.recording), decisive.frames, fields);
    const ids = rows.map(([id]) => id);
    expect(expected).toBe(`exactly VLAN ${ids.join(", ")} at ${decisive.point}`);
    expect(new Set(rows.map(([, point]) => point))).toEqual(new Set([decisive.point]));
  }
});

test("the frames around a stream's longest gap are as far apart as the finding says", async () => {
  const streams = findingsOf(result).filter(({ subject }) => / (down|silent)$/.test(subject));
  expect(streams.length).toBe(4);
  const [finding] = streams;
  if (finding === undefined) throw new Error("no stream");
  const ref = decisiveOf(finding);
  const rows = await fieldsOf(join(run, ref.recording), ref.frames, ["frame.time_epoch"]);
  const [before, after] = rows.map(([time]) => Number(time));
  const gap = Number(/longest gap ([\d.]+) ms/.exec(finding.observed)?.[1]);
  expect(((after ?? 0) - (before ?? 0)) * 1000).toBeCloseTo(gap, 0);
});

test("lab run has taken everything away", async () => {
  expect(await user.must("ps")).toBe("no lab is up\n");
  expect(user.remembered()).toEqual([]);
  expect(user.processes()).toEqual([]);
  expect(await user.must("down", "--all")).toBe("no lab is up\n");
});
