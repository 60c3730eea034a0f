import { expect, test } from "vitest";
import { reachability } from "../../../checks/reachability.ts";
import type { Evidence } from "../../../src/evidence/evidence.ts";
import {
  satisfy,
  sighting,
  threeTier,
  withoutSightings,
  withPoint,
  withSightings,
} from "./satisfy.ts";

const topology = threeTier();
const [plan] = reachability.trials(topology);
if (plan === undefined) throw new Error("a trial expected");
const passing = satisfy(plan);
const allowed = "web1:eth0 -> app1:eth0 tcp/8080";
const forbidden = "web1:eth0 -> db1:eth0 tcp/5432";

function finding(evidence: Evidence, subject: string) {
  const found = reachability.evaluate(topology, [evidence]).find((one) => one.subject === subject);
  if (found === undefined) throw new Error(`no finding about ${subject}`);
  return found;
}

test("every ordered pair of the file is tried over both IP versions and passes", () => {
  const findings = reachability.evaluate(topology, [passing]);
  expect(findings.filter(({ outcome }) => outcome !== "pass")).toEqual([]);
  const subjects = findings.map(({ subject }) => subject);
  expect(subjects).toContain(allowed);
  expect(subjects).toContain(`${allowed} (IPv6)`);
  expect(subjects).toContain("web1:eth0 -> db1:eth0 icmp");
  expect(subjects).not.toContain("web1:eth0 -> web1:eth0 icmp");
});

test("an allowed request that is lost fails, one that is not answered fails too", () => {
  const lost = withoutSightings(
    passing,
    ({ probe, direction }) => probe === allowed && direction === "in",
  );
  expect(finding(lost, allowed)).toMatchObject({ outcome: "fail", path: "web1:eth0 (lost after)" });
  const mute = withoutSightings(
    passing,
    ({ probe, role }) => probe === allowed && role === "reply",
  );
  expect(finding(mute, allowed).outcome).toBe("fail");
});

test("a forbidden request at its target fails, with the path it took", () => {
  const leak = withSightings(
    passing,
    sighting(forbidden, "hv1:web1:eth0", "in", { time: 2n * 10n ** 9n }),
    sighting(forbidden, "db1:eth0", "in", { time: 3n * 10n ** 9n }),
  );
  expect(finding(leak, forbidden)).toMatchObject({
    outcome: "fail",
    path: "web1:eth0 > hv1:web1:eth0 > db1:eth0",
  });
});

test("a forbidden request that never left proves nothing", () => {
  const silent = withoutSightings(passing, ({ probe }) => probe === forbidden);
  expect(finding(silent, forbidden).outcome).toBe("inconclusive");
});

test("a target that was seen to receive nothing proves nothing", () => {
  const deaf = withoutSightings(
    passing,
    ({ point, direction }) => point === "db1:eth0" && direction === "in",
  );
  expect(finding(deaf, forbidden).outcome).toBe("inconclusive");
});

test("lost packets make an absence inconclusive", () => {
  expect(finding(withPoint(passing, "db1:eth0", { dropped: 1 }), forbidden).outcome).toBe(
    "inconclusive",
  );
});

test("a sender that is cut off is inconclusive, one that finds no neighbour fails", () => {
  const pair = "web1:eth0 -> web2:eth0 icmp";
  const unresolved = withoutSightings(passing, ({ probe }) => probe === pair);
  expect(finding(unresolved, pair).outcome).toBe("fail");
  const cut = withoutSightings(passing, ({ point }) => point === "web1:eth0");
  expect(finding(cut, pair).outcome).toBe("inconclusive");
});

test("two ends in one prefix that cannot hear each other are judged by a neighbour request of their own", () => {
  const isolated = {
    ...topology,
    reachability: {
      allowed: [],
      forbidden: [{ from: ["web1"], to: ["web2"], service: "icmp" as const, position: "1:1" }],
    },
  };
  const [trial] = reachability.trials(isolated);
  if (trial === undefined) throw new Error("a trial expected");
  const subject = "web1:eth0 -> web2:eth0 icmp";
  const asked = withoutSightings(satisfy(trial), ({ probe }) => probe === subject);
  const judge = (evidence: Evidence) => reachability.evaluate(isolated, [evidence])[0];
  expect(judge(asked)).toMatchObject({ subject, outcome: "pass" });
  const heard = withSightings(asked, sighting(`neighbour of ${subject}`, "web2:eth0", "in"));
  expect(judge(heard)?.outcome).toBe("fail");
  const targets = trial.phases[0]?.send.filter(({ kind }) => kind === "arp") ?? [];
  expect(targets.map((probe) => ("to" in probe ? probe.to : ""))).toEqual([
    "10.10.0.254",
    "fd00:10::ffff:ffff:ffff:fffe",
  ]);
});

test("no stated reachability does not apply", () => {
  const silent = { ...topology, reachability: { allowed: [], forbidden: [] } };
  expect(reachability.appliesTo(silent)).toHaveProperty("reason");
});
