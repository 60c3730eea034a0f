import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { vmVnR1 } from "../../../checks/vm-vn-r1.ts";
import type { Evidence } from "../../../src/evidence/evidence.ts";
import { outcomeOf } from "../../../src/score/summarise.ts";
import { parseTopology } from "../../../src/topology/parse.ts";
import { hostPorts } from "../../../src/trial/host-port.ts";
import { vlanProfile } from "../../../src/trial/vlan-profile.ts";
import { vlanId } from "../../../src/units/vlan-id.ts";
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
const trials = vmVnR1.trials(topology);
const passing = trials.map(satisfy);

function evidenceOf(id: string): Evidence {
  const found = passing.find(({ trial }) => trial === id);
  if (found === undefined) throw new Error(`no trial ${id}`);
  return found;
}

function findingsWith(changed: Evidence) {
  return vmVnR1.evaluate(topology, replaceTrial(passing, changed));
}

function finding(changed: Evidence, subject: string) {
  const found = findingsWith(changed).find((one) => one.subject === subject);
  if (found === undefined) throw new Error(`no finding about ${subject}`);
  return found;
}

test("profiles are what the file says the hosts need: hv1 no db, both NICs alike", () => {
  const profiles = hostPorts(topology).map((place) => [
    `${place.switchPoint} ${place.nicPoint}`,
    vlanProfile(topology, place).tagged,
  ]);
  expect(profiles).toEqual([
    ["tor1:hv1 hv1:p0", [5, 10, 20]],
    ["tor2:hv1 hv1:p1", [5, 10, 20]],
    ["tor1:hv2 hv2:p0", [5, 10, 20, 30]],
    ["tor2:hv2 hv2:p1", [5, 10, 20, 30]],
  ]);
});

test("the profile's VLANs in both directions and nothing else pass", () => {
  const findings = vmVnR1.evaluate(topology, passing);
  expect(findings.filter(({ outcome }) => outcome !== "pass")).toEqual([]);
  expect(findings.map(({ subject }) => subject)).toContain("tor1:hv1 to hv1:p0");
  expect(findings.find(({ subject }) => subject === "tor2:hv1 to hv1:p1")?.observed).toBe(
    "VLAN 5, 10, 20 and no other",
  );
});

test("a surplus VLAN on a standby member's port fails and is named", () => {
  const changed = withSightings(
    evidenceOf("vm-vn-r1/tor2"),
    sighting("sweep from the test station", "hv1:p1", "in", { sequence: 30, vlanIds: [30] }),
  );
  expect(finding(changed, "tor2:hv1 to hv1:p1")).toMatchObject({
    outcome: "fail",
    observed: "surplus VLAN 30",
  });
});

test("the path of a surplus frame follows the cables and leaves out the branches of the flood", () => {
  const seen = (point: string, direction: "in" | "out", time: bigint) =>
    sighting("sweep from the test station", point, direction, {
      sequence: 30,
      vlanIds: [30],
      time: 10n ** 10n + time,
    });
  const changed = withSightings(
    evidenceOf("vm-vn-r1/tor1"),
    seen("tor1:hv1", "out", 1n),
    seen("tor1:hv2", "out", 2n),
    seen("hv2:p0", "in", 3n),
    seen("hv1:p0", "in", 4n),
  );
  expect(finding(changed, "tor1:hv1 to hv1:p0").path).toBe("tor1.test:eth0 > tor1:hv1 > hv1:p0");
});

test("a missing VLAN fails, with the path of its frame", () => {
  const changed = withoutSightings(
    evidenceOf("vm-vn-r1/tor1"),
    ({ probe, point, sequence }) =>
      probe === "sweep from hv1:p0" && point === "tor1.test:eth0" && sequence === 20,
  );
  expect(finding(changed, "hv1:p0 to tor1:hv1")).toMatchObject({
    outcome: "fail",
    observed: "missing VLAN 20",
    path: "hv1:p0 (lost after)",
  });
});

test("a VLAN that arrives untagged fails as native", () => {
  const changed = withSightings(
    evidenceOf("vm-vn-r1/tor1"),
    sighting("sweep from the test station", "hv1:p0", "in", { sequence: 1, vlanIds: [] }),
  );
  expect(finding(changed, "tor1:hv1 to hv1:p0").observed).toBe("VLAN 1 arrives untagged");
});

test("an untagged frame that comes out of the trunk fails even where packets were dropped", () => {
  const leak = withSightings(
    evidenceOf("vm-vn-r1/tor1"),
    sighting("untagged from hv1:p0", "tor1.test:eth0", "in", { vlanIds: [1] }),
  );
  const changed = withPoint(leak, "tor1.test:eth0", { dropped: 3 });
  expect(finding(changed, "hv1:p0 to tor1:hv1 untagged frame").outcome).toBe("fail");
});

test("injected tags that surface in their VLAN fail", () => {
  const changed = withSightings(
    evidenceOf("vm-vn-r1/access"),
    sighting("tag 20 from web1:eth0", "app1:eth0", "in", { vlanIds: [20] }),
    sighting("tags 10,20 from web1:eth0", "hv1:bond0", "out", { vlanIds: [20] }),
  );
  expect(finding(changed, "web1:eth0 tag injection").outcome).toBe("fail");
  expect(finding(changed, "web1:eth0 double tagging").outcome).toBe("fail");
});

test("a double tag that stays in its own VLAN passes", () => {
  const changed = withSightings(
    evidenceOf("vm-vn-r1/access"),
    sighting("tags 10,20 from web1:eth0", "hv1:bond0", "out", { vlanIds: [10, 20] }),
  );
  expect(finding(changed, "web1:eth0 double tagging").outcome).toBe("pass");
});

test.each([
  ["lost packets", (one: Evidence) => withPoint(one, "hv1:p0", { dropped: 1 })],
  [
    "a sweep that did not leave",
    (one: Evidence) =>
      withoutSightings(
        one,
        ({ probe, direction }) => probe === "sweep from the test station" && direction === "out",
      ),
  ],
  [
    "a sweep that left in part",
    (one: Evidence) =>
      withoutSightings(
        one,
        ({ probe, direction, sequence }) =>
          probe === "sweep from the test station" && direction === "out" && sequence > 3000,
      ),
  ],
  ["no recording", (one: Evidence) => ({ ...one, recordings: [] })],
  ["nothing at all", (one: Evidence) => ({ ...one, probes: [], sightings: [] })],
])("%s is inconclusive", (_, change) => {
  const changed = change(evidenceOf("vm-vn-r1/tor1"));
  expect(finding(changed, "tor1:hv1 to hv1:p0").outcome).toBe("inconclusive");
});

test("a recording without its sentinel is inconclusive", () => {
  const tor1 = evidenceOf("vm-vn-r1/tor1");
  const recordings = tor1.recordings.map((recording) => ({
    ...recording,
    points: recording.points.map(({ sentinel: _, ...point }) => point),
  }));
  expect(outcomeOf(findingsWith({ ...tor1, recordings }))).toBe("inconclusive");
});

test("a control that is not seen makes an absence inconclusive", () => {
  const changed = withoutSightings(
    evidenceOf("vm-vn-r1/access"),
    ({ probe, point }) => probe === "untagged from web1:eth0" && point === "hv1:bond0",
  );
  const found = finding(changed, "web1:eth0 tag injection");
  expect(found).toMatchObject({ outcome: "inconclusive", control: { outcome: "fail" } });
});

test("a NIC that is gone fails as absent", () => {
  const changed = withPoint(evidenceOf("vm-vn-r1/tor1"), "hv1:p0", { absent: true });
  expect(finding(changed, "tor1:hv1 to hv1:p0")).toMatchObject({
    outcome: "fail",
    observed: "absent: hv1:p0 does not exist",
  });
});

test("without a host behind a physical switch it does not apply", () => {
  expect(vmVnR1.appliesTo({ ...topology, hosts: [] })).toHaveProperty("reason");
  expect(vmVnR1.appliesTo(topology)).toBe(true);
});

test("the order of the evidence does not matter", () => {
  const shuffled = passing
    .map((one) => ({ ...one, sightings: one.sightings.toReversed() }))
    .toReversed();
  expect(vmVnR1.evaluate(topology, shuffled)).toEqual(vmVnR1.evaluate(topology, passing));
});

test("the check cannot be switched off by the switch: it applies by what the host needs", () => {
  const [id] = topology.vlans.map((vlan) => vlan.id);
  if (id === undefined) throw new Error("the lab has no VLAN");
  const flattened = topology.switches.map((each) => ({
    ...each,
    ports: each.ports.map((port) => ({
      ...port,
      vlans: { mode: "access" as const, tagged: [], untagged: id },
    })),
  }));
  expect(vmVnR1.appliesTo({ ...topology, switches: flattened })).toBe(true);
  expect(vmVnR1.appliesTo({ ...topology, switches: [], links: [] })).not.toBe(true);
});

test("one untagged segment has no VLANs to judge; as soon as its switch has a second one it does", () => {
  const text = readFileSync("topologies/dmz-virtual-firewalls.yml", "utf8");
  const parsed = parseTopology(text, "dmz");
  if (!("topology" in parsed)) throw new Error("the DMZ file is faulty");
  const dmz = parsed.topology;
  expect(vmVnR1.appliesTo(dmz)).not.toBe(true);
  const divided = dmz.switches.map((each) => ({
    ...each,
    ports: each.ports.map((port, index) =>
      index === 0 ? port : { ...port, vlans: { ...port.vlans, untagged: vlanId(77) } },
    ),
  }));
  expect(dmz.switches.some(({ ports }) => ports.length > 1)).toBe(true);
  expect(vmVnR1.appliesTo({ ...dmz, switches: divided })).toBe(true);
});
