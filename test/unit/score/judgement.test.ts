import { expect, test } from "vitest";
import type { Evidence, Sighting } from "../../../src/evidence/evidence.ts";
import { evaluateExpectations } from "../../../src/score/evaluate-expectations.ts";
import { mergeFindings } from "../../../src/score/merge-findings.ts";
import { formatIds } from "../../../src/score/vlan-id-list.ts";
import { broadcastProbe } from "../../../src/trial/frame-probe.ts";
import type { Expectation, Point, Trial, TrialId } from "../../../src/trial/trial.ts";
import { sighting } from "../checks/satisfy.ts";

const from = "web1:eth0" as Point;
const at = "db1:eth0" as Point;
const probe = broadcastProbe("probe", from, []);
const control = broadcastProbe("control", from, []);

function trialWith(more: Partial<Expectation>): Trial {
  const expectation: Expectation = {
    subject: "subject",
    probe: probe.id,
    at,
    direction: "in",
    frames: { kind: "none" },
    remediation: "mend it",
    ...more,
  };
  const phase = { name: "p", send: [probe, control], read: [], expect: [expectation] };
  return {
    id: "t" as TrialId,
    subject: "t",
    exclusive: false,
    points: [from, at],
    phases: [phase],
  };
}

function evidenceOf(sightings: readonly Sighting[], more: Partial<Evidence> = {}): Evidence {
  const probes = [probe, control].map((one, index) => ({
    ...{ probe: one, phase: "p", index, sent: 2, beganAt: 0n, endedAt: 1n },
  }));
  const recordings = [from, at].map((point) => ({
    path: `points/${point.split(":")[0]}.pcapng`,
    sha256: "0",
    points: [{ point, received: 1, dropped: 0, sentinel: 1 }],
  }));
  const rest = { streams: [], changes: [], facts: [] };
  return { trial: "t" as TrialId, probes, sightings, recordings, ...rest, ...more };
}

const left = sighting("probe", from, "out");
const controlSeen = sighting("control", at, "in");
const withControl = { control: { probe: control.id, at, direction: "in" as const } };

function judge(more: Partial<Expectation>, evidence: Evidence) {
  return evaluateExpectations(trialWith(more), evidence)[0];
}

test("nothing seen passes only with a control, a frame that left, and a whole recording", () => {
  const good = evidenceOf([left, controlSeen]);
  expect(judge(withControl, good)).toMatchObject({ outcome: "pass", control: { outcome: "pass" } });
  expect(judge({}, good)?.outcome).toBe("inconclusive");
  expect(judge(withControl, evidenceOf([left]))?.outcome).toBe("inconclusive");
  expect(judge(withControl, evidenceOf([controlSeen]))?.outcome).toBe("inconclusive");
  const dropped = good.recordings.map((recording) => ({
    ...recording,
    points: recording.points.map((point) => ({ ...point, dropped: 1 })),
  }));
  expect(judge(withControl, { ...good, recordings: dropped })?.outcome).toBe("inconclusive");
  const damaged = good.recordings.map((recording) => ({ ...recording, fault: "cut" }));
  expect(judge(withControl, { ...good, recordings: damaged })?.outcome).toBe("inconclusive");
});

test("what the sender says it sent is no proof that it left", () => {
  const found = judge(withControl, evidenceOf([controlSeen]));
  expect(found?.observed).toBe("no frame of it left web1:eth0");
});

test("an absence names its recording and a filter that shows nothing", () => {
  const found = judge(withControl, evidenceOf([left, controlSeen]));
  expect(found?.evidence[0]).toEqual({
    recording: "points/db1.pcapng",
    sha256: "0",
    point: at,
    frames: [],
  });
  expect(found?.filter).toContain("frame contains");
  expect(found).not.toHaveProperty("remediation");
});

test("a frame in the wrong direction, role or VLAN does not count", () => {
  const others = [
    sighting("probe", at, "out"),
    sighting("probe", at, "in", { role: "error" }),
    sighting("probe", at, "in", { vlanIds: [10, 20] }),
  ];
  const evidence = evidenceOf([left, controlSeen, ...others]);
  expect(judge({ ...withControl, vlanIds: [20] }, evidence)?.outcome).toBe("pass");
  expect(judge({ ...withControl, outermostVlan: 20 }, evidence)?.outcome).toBe("pass");
  expect(judge({ ...withControl, outermostVlan: 10 }, evidence)?.outcome).toBe("fail");
});

test("a place that does not exist is a failure that says absent", () => {
  const evidence = evidenceOf([]);
  const probes = evidence.probes.map((sent) => ({ ...sent, sent: 0, absent: true }));
  expect(judge(withControl, { ...evidence, probes })).toMatchObject({
    outcome: "fail",
    observed: "absent: web1:eth0 does not exist",
  });
});

test("a probe that could not be sent is inconclusive and says why", () => {
  const evidence = evidenceOf([]);
  const probes = evidence.probes.map((sent) => ({ ...sent, sent: 0, error: "ENETDOWN" }));
  for (const kind of ["none", "at-least-one"] as const) {
    const found = judge({ ...withControl, frames: { kind } }, { ...evidence, probes });
    expect(found).toMatchObject({
      outcome: "inconclusive",
      observed: expect.stringContaining("ENETDOWN"),
    });
  }
});

test("a native VLAN may come with or without its tag, any other id may not", () => {
  const sweep = broadcastProbe("probe", from, [{ tpid: 0x8100, vid: "sweep" }]);
  const out = Array.from({ length: 4094 }, (_, index) =>
    sighting("probe", from, "out", { sequence: index + 1, vlanIds: [index + 1] }),
  );
  const frames = { kind: "vlan-ids" as const, ids: [10], untagged: 7 };
  const look = (...arrived: Sighting[]) => {
    const evidence = evidenceOf([...out, ...arrived]);
    const probes = evidence.probes.map((sent) => ({
      ...sent,
      probe: { ...sweep, id: sent.probe.id },
    }));
    return judge({ frames }, { ...evidence, probes });
  };
  const ten = sighting("probe", at, "in", { sequence: 10, vlanIds: [10] });
  const native = sighting("probe", at, "in", { sequence: 7 });
  expect(look(ten, native)?.outcome).toBe("pass");
  expect(look(ten, { ...native, vlanIds: [7] })?.outcome).toBe("pass");
  expect(look(ten)?.observed).toBe("missing VLAN 7");
  expect(look(ten, native, { ...native, sequence: 8 })?.observed).toBe("VLAN 8 arrives untagged");
  expect(look(ten, native, { ...ten, vlanIds: [11] })?.observed).toBe("changed tag of VLAN 10");
});

test("a subject is as bad as its worst look, and shows that one's frames", () => {
  const base = { subject: "s", expected: "e", evidence: [] } as const;
  const merged = mergeFindings([
    { ...base, outcome: "pass", observed: "good" },
    { ...base, outcome: "inconclusive", observed: "unknown" },
    { ...base, outcome: "fail", observed: "bad", path: "a > b" },
    { ...base, subject: "t", outcome: "pass", observed: "fine" },
  ]);
  expect(merged.map(({ outcome, observed }) => `${outcome} ${observed}`)).toEqual([
    "fail bad",
    "pass fine",
  ]);
  expect(merged[0]?.path).toBe("a > b");
});

test("lists of VLAN ids are short", () => {
  expect(formatIds([30, 1, 2, 3, 10, 10])).toBe("1-3, 10, 30");
  expect(formatIds([])).toBe("none");
  const odd = Array.from({ length: 40 }, (_, index) => 2 * index + 1);
  expect(formatIds(odd)).toContain("(40 ids)");
});

test("no evidence at all gives one inconclusive finding for each expectation", () => {
  expect(evaluateExpectations(trialWith({}), undefined)).toMatchObject([
    { outcome: "inconclusive", observed: "the trial was not made" },
  ]);
});
