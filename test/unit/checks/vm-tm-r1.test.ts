import { expect, test } from "vitest";
import { vmTmR1 } from "../../../checks/vm-tm-r1.ts";
import type { Evidence } from "../../../src/evidence/evidence.ts";
import { outcomeOf } from "../../../src/score/summarise.ts";
import {
  replaceTrial,
  satisfy,
  sighting,
  threeTier,
  withoutSightings,
  withPoint,
  withSightings,
} from "./satisfy.ts";

const topology = threeTier();
const passing = vmTmR1.trials(topology).map(satisfy);
const hv1 = "vm-tm-r1/hv1/ids1:eth0";
const hv2 = "vm-tm-r1/hv2/ids2:eth0";

function evidenceOf(id: string): Evidence {
  const found = passing.find(({ trial }) => trial === id);
  if (found === undefined) throw new Error(`no trial ${id}`);
  return found;
}

function finding(changed: Evidence, subject: string) {
  const findings = vmTmR1.evaluate(topology, replaceTrial(passing, changed));
  const found = findings.find((one) => one.subject === subject);
  if (found === undefined) {
    throw new Error(`${subject}: not in ${findings.map((one) => one.subject).join("; ")}`);
  }
  return found;
}

test("as many copies as mirrored ports a frame crosses, and nothing else, pass", () => {
  const findings = vmTmR1.evaluate(topology, passing);
  expect(findings.filter(({ outcome }) => outcome !== "pass")).toEqual([]);
});

test("two mirrored neighbours are two copies; one alone is one", () => {
  const plan = vmTmR1.trials(topology).find(({ id }) => id === hv1);
  const counts = plan?.phases[0]?.expect.map(
    ({ subject, frames }) => `${subject} ${JSON.stringify(frames)}`,
  );
  expect(counts).toContain('web1:eth0 outgoing (with app1:eth0) {"kind":"copies","count":2}');
  expect(counts).toContain('web1:eth0 incoming (with web2:eth0) {"kind":"copies","count":1}');
});

test("one direction only fails for the other one, and only for it", () => {
  const changed = withoutSightings(
    evidenceOf(hv1),
    ({ probe, point, role }) =>
      point === "ids1:eth0" && probe === "web1:eth0 > web2:eth0 icmp" && role === "reply",
  );
  expect(finding(changed, "web1:eth0 incoming (with web2:eth0)")).toMatchObject({
    outcome: "fail",
    observed: expect.stringContaining("0 of 1 copies at ids1:eth0"),
  });
  expect(finding(changed, "web1:eth0 outgoing (with web2:eth0)").outcome).toBe("pass");
});

test("a duplicate fails", () => {
  const changed = withSightings(
    evidenceOf(hv1),
    sighting("web1:eth0 > web2:eth0 icmp", "ids1:eth0", "in"),
  );
  expect(finding(changed, "web1:eth0 outgoing (with web2:eth0)").observed).toContain(
    "2 copies of a frame at ids1:eth0, 1 due",
  );
});

test("a frame sent again may be copied again", () => {
  const probe = "app2:eth0 > db1:eth0 tcp/5432";
  const again = { segment: "" };
  const changed = withSightings(
    evidenceOf(hv2),
    sighting(probe, "app2:eth0", "out", again),
    sighting(probe, "db1:eth0", "in", again),
    sighting(probe, "ids2:eth0", "in", again),
  );
  expect(finding(changed, "db1:eth0 incoming (with app2:eth0)").outcome).toBe("pass");
});

test("unmonitored workloads at the analyzer fail", () => {
  const changed = withSightings(
    evidenceOf(hv2),
    sighting("web2:eth0 > app2:eth0 icmp", "ids2:eth0", "in"),
  );
  expect(finding(changed, "unmonitored web2:eth0 and app2:eth0").outcome).toBe("fail");
});

test.each([
  [
    "lost packets at the analyzer, copies missing",
    (one: Evidence) =>
      withPoint(
        withoutSightings(one, ({ point }) => point === "ids2:eth0"),
        "ids2:eth0",
        { dropped: 2 },
      ),
  ],
  [
    "frames that never came to the mirrored port",
    (one: Evidence) =>
      withoutSightings(one, ({ point }) => point === "db1:eth0" || point === "ids2:eth0"),
  ],
  [
    "a cut sender",
    (one: Evidence) => ({
      ...one,
      sightings: [],
      probes: one.probes.map((sent) => ({ ...sent, sent: 0, error: "ENETDOWN" })),
    }),
  ],
])("%s is inconclusive", (_, change) => {
  const findings = vmTmR1.evaluate(topology, replaceTrial(passing, change(evidenceOf(hv2))));
  expect(outcomeOf(findings)).toBe("inconclusive");
});

test("a mirror of one direction by the file is tried for both", () => {
  const hosts = topology.hosts.map((host) => ({
    ...host,
    switches: host.switches.map((one) => ({
      ...one,
      mirrors: one.mirrors.map((mirror) => ({ ...mirror, directions: "ingress" as const })),
    })),
  }));
  const both = vmTmR1.trials(topology).flatMap(({ phases }) => phases.map(({ expect }) => expect));
  const one = vmTmR1
    .trials({ ...topology, hosts })
    .flatMap(({ phases }) => phases.map(({ expect }) => expect));
  expect(one).toEqual(both);
});

test("an analyzer or a monitored workload without a mirror fails; no monitoring does not apply", () => {
  const hosts = topology.hosts.map((host) => ({
    ...host,
    switches: host.switches.map((one) => ({ ...one, mirrors: [] })),
  }));
  const blind = { ...topology, hosts };
  expect(vmTmR1.appliesTo(blind)).toBe(true);
  expect(vmTmR1.evaluate(blind, []).map(({ subject, outcome }) => [subject, outcome])).toEqual([
    ["ids1:eth0", "fail"],
    ["ids2:eth0", "fail"],
  ]);
  const workloads = topology.workloads
    .filter(({ vnics }) => vnics.every(({ analyzer }) => !analyzer))
    .map((one) => (one.name === "web1" ? { ...one, labels: { monitored: "yes" } } : one));
  expect(vmTmR1.evaluate({ ...blind, workloads }, [])[0]?.observed).toBe(
    "absent: no mirror has it as a source",
  );
  const plain = { ...blind, workloads: workloads.map((one) => ({ ...one, labels: {} })) };
  expect(vmTmR1.appliesTo(plain)).toHaveProperty("reason");
});

test("copies are compared with their originals", () => {
  const changed = withSightings(
    evidenceOf(hv1),
    sighting("web1:eth0 > web2:eth0 icmp", "ids1:eth0", "in", { digest: "1" }),
  );
  const told = vmTmR1.observe?.(topology, [changed]).map(({ observed }) => observed);
  expect(told?.some((text) => text.includes("differ"))).toBe(true);
});
