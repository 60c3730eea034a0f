import { expect, test } from "vitest";
import { vmMpR3 } from "../../../checks/vm-mp-r3.ts";
import type { Evidence, StreamStatistics } from "../../../src/evidence/evidence.ts";
import { outcomeOf } from "../../../src/score/summarise.ts";
import type { Point } from "../../../src/trial/trial.ts";
import { satisfy, sighting, threeTier, withoutSightings, withSightings } from "./satisfy.ts";

const topology = threeTier();
const [cablingPlan, failoverPlan] = vmMpR3.trials(topology);
if (cablingPlan === undefined || failoverPlan === undefined) throw new Error("two trials expected");
const failover = satisfy(failoverPlan);
/** What leaves p0 comes to tor1 first, what leaves p1 to tor2; the other switch sees it later. */
const cabling = withSightings(
  satisfy(cablingPlan),
  ...["hv1", "hv2"].flatMap((host) => [
    sighting(`where ${host}:p0 leads`, `tor1:${host}`, "in", { time: 10n ** 10n }),
    sighting(`where ${host}:p0 leads`, "tor2:isl", "in", { time: 2n * 10n ** 10n }),
    sighting(`where ${host}:p1 leads`, `tor2:${host}`, "in", { time: 10n ** 10n }),
    sighting(`where ${host}:p1 leads`, "tor1:isl", "in", { time: 2n * 10n ** 10n }),
  ]),
);
const web = "tor1 silent: web1:eth0 > web2:eth0";

function evaluate(one: Evidence, other: Evidence) {
  return vmMpR3.evaluate(topology, [one, other]);
}

/** The failover evidence with one stream changed. */
function withStream(id: string, more: Partial<StreamStatistics>): Evidence {
  const streams = failover.streams.map((stream) =>
    stream.probe === id ? { ...stream, ...more } : stream,
  );
  return { ...failover, streams };
}

function look(evidence: Evidence, phase = "tor1 silent") {
  const found = evaluate(cabling, evidence).find(({ subject }) => subject.endsWith(phase));
  if (found === undefined) throw new Error("no finding");
  return found;
}

test("members on two switches and streams that resume pass", () => {
  const findings = evaluate(cabling, failover);
  expect(findings.map(({ subject, outcome }) => `${subject}: ${outcome}`)).toEqual([
    "hv1:bond0 members: pass",
    "hv2:bond0 members: pass",
    "hv1:bond0 <-> hv2:bond0, tor1 down: pass",
    "hv1:bond0 <-> hv2:bond0, tor2 silent: pass",
    "hv1:bond0 <-> hv2:bond0, tor1 silent: pass",
    "hv1:bond0 <-> hv2:bond0, tor2 down: pass",
  ]);
});

test("streams are 1 kHz both ways, last until a late failover shows, and nothing else runs meanwhile", () => {
  expect(failoverPlan.exclusive).toBe(true);
  const [baseline, event] = failoverPlan.phases;
  expect(baseline?.change).toBeUndefined();
  expect(event).toMatchObject({
    change: { kind: "switch-down", switch: "tor1" },
    changeAfter: 700,
  });
  for (const probe of event?.send ?? []) {
    expect(probe).toMatchObject({ kind: "stream", packetsPerSecond: 1000, duration: 2200 });
  }
});

test("both members on one switch fail", () => {
  const moved = withSightings(
    withoutSightings(
      cabling,
      ({ probe, direction }) => probe === "where hv1:p1 leads" && direction === "in",
    ),
    sighting("where hv1:p1 leads", "tor1:isl", "out", { time: 10n ** 10n }),
    sighting("where hv1:p1 leads", "tor2:isl", "in", { time: 2n * 10n ** 10n }),
  );
  const [found] = evaluate(moved, failover);
  expect(found).toMatchObject({
    outcome: "fail",
    observed: "hv1:p0 leads to tor1, hv1:p1 leads to tor1",
  });
});

test("a member whose frames never left is inconclusive", () => {
  const silent = withoutSightings(cabling, ({ probe }) => probe === "where hv1:p1 leads");
  expect(evaluate(silent, failover)[0]?.outcome).toBe("inconclusive");
});

test("a stream that never resumes fails", () => {
  const found = look(withStream(web, { tailGapMs: 1500, lost: 1500, received: 1500 }));
  expect(found.outcome).toBe("fail");
  expect(found.observed).toContain("never resumed");
  expect(found.filter).toContain("frame contains d3:1a:b0:f5");
});

test("a stream that resumes too late fails, one just in time passes", () => {
  expect(look(withStream(web, { longestGapMs: 1200 })).outcome).toBe("fail");
  expect(look(withStream(web, { longestGapMs: 1000 })).outcome).toBe("pass");
});

test("a gap that the sender itself made is inconclusive", () => {
  const gap = { longestGapMs: 1100, senderLongestGapMs: 900 };
  expect(look(withStream(web, gap)).outcome).toBe("inconclusive");
});

test("a baseline with interruptions, or without datagrams, is inconclusive", () => {
  const baseline = "baseline: web1:eth0 > web2:eth0";
  expect(look(withStream(baseline, { longestGapMs: 600 })).outcome).toBe("inconclusive");
  expect(look(withStream(baseline, { received: 0 })).outcome).toBe("inconclusive");
  const paused = { longestGapMs: 600, senderLongestGapMs: 590 };
  expect(look(withStream(baseline, paused)).outcome).toBe("pass");
});

test("an event that was not made, or had no effect, is inconclusive", () => {
  expect(look({ ...failover, changes: [] }).observed).toContain("was not done");
  const stream = failover.streams.find(({ probe }) => probe === web);
  const seenAt = [
    ...(stream?.seenAt ?? []),
    {
      point: "hv2:p0" as Point,
      direction: "in" as const,
      recording: "points/hv2.pcapng",
      count: 9,
      firstAt: 10n ** 9n,
      lastAt: 4n * 10n ** 9n,
      firstFrame: 1,
      lastFrame: 9,
    },
  ];
  expect(look(withStream(web, { seenAt })).observed).toContain("had no effect");
});

test("a receiver's recording with lost packets is inconclusive", () => {
  const recordings = failover.recordings.map((recording) => ({
    ...recording,
    points: recording.points.map((point) => ({ ...point, dropped: 1 })),
  }));
  expect(outcomeOf(evaluate(cabling, { ...failover, recordings }))).toBe("inconclusive");
});

test("without any evidence everything is inconclusive", () => {
  expect(new Set(vmMpR3.evaluate(topology, []).map(({ outcome }) => outcome))).toEqual(
    new Set(["inconclusive"]),
  );
});

test("802.3ad teams have their own limit, and no team means not applicable", () => {
  const hosts = topology.hosts.map((host) => ({
    ...host,
    bonds: host.bonds.map((bond) => ({ ...bond, mode: "802.3ad" as const })),
  }));
  const [, plan] = vmMpR3.trials({ ...topology, hosts });
  const duration = 700 + topology.failoverWithinLacp + 500;
  expect(plan?.phases[1]?.send[0]).toMatchObject({ duration });
  const single = topology.hosts.map((host) => ({ ...host, bonds: [] }));
  expect(vmMpR3.appliesTo({ ...topology, hosts: single })).toHaveProperty("reason");
});

test("observations tell which NIC carried how much", () => {
  expect(vmMpR3.observe?.(topology, [failover])[0]?.observed).toContain("web1:eth0 3000");
});
