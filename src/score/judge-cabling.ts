import type { Evidence, Sighting } from "../evidence/evidence.ts";
import type { Topology } from "../topology/topology.ts";
import { memberProbeId, type Team } from "../trial/bond-trials.ts";
import { nodeOfPoint } from "../trial/point.ts";
import type { Point } from "../trial/trial.ts";
import { type EvidenceIndex, incompleteness, indexEvidence } from "./evidence-index.ts";
import { pathOf, referTo } from "./evidence-reference.ts";
import type { Finding } from "./finding.ts";
import { notLeaving } from "./judgement.ts";

type Lead = {
  readonly member: Point;
  readonly switchName?: string;
  readonly first?: Sighting;
  /** Why the member's switch is not known. */
  readonly doubt?: string;
};

const remediation =
  "Connect the members of the NIC team to different physical switches (VM-MP-R3, SP 800-125B section 3.3).";

/** Members on different physical switches: shown by the switch that sees a member's frame first. */
export function judgeCabling(
  topology: Topology,
  team: Team,
  evidence: Evidence | undefined,
): Finding {
  const subject = `${team.host.name}:${team.bond.name} members`;
  const expected = "members lead to different physical switches";
  if (evidence === undefined) {
    const observed = "the trial was not made";
    return { subject, outcome: "inconclusive", expected, observed, remediation, evidence: [] };
  }
  const index = indexEvidence(evidence);
  const leads = team.bond.members.map((nic) =>
    leadOf(topology, index, `${team.host.name}:${nic}` as Point),
  );
  const switches = new Set(leads.flatMap(({ switchName }) => switchName ?? []));
  const observed = leads
    .map(({ member, switchName, doubt }) => `${member} leads to ${switchName ?? doubt}`)
    .join(", ");
  const frames = referTo(
    index,
    leads.flatMap(({ first }) => first ?? []),
  );
  const finding = { subject, expected, observed, evidence: frames };
  if (switches.size > 1) return { ...finding, outcome: "pass" };
  const isUnknown = leads.some(
    ({ doubt, switchName }) => switchName === undefined && doubt !== nowhere,
  );
  if (isUnknown) return { ...finding, outcome: "inconclusive", remediation };
  const path = pathOf(
    index.sightings(memberProbeId(leads.at(-1)?.member ?? ("" as Point))),
    0,
    false,
  );
  return { ...finding, outcome: "fail", remediation, ...(path === undefined ? {} : { path }) };
}

const nowhere = "no physical switch";

function leadOf(topology: Topology, index: EvidenceIndex, member: Point): Lead {
  const probe = memberProbeId(member);
  if (index.sent(probe)?.absent === true) return { member, doubt: nowhere };
  const physical = new Set(topology.switches.map(({ name }) => name));
  // In order of time: the other switch sees the frame too, but later, through the link between them.
  const first = index.sightings(probe).find(({ point }) => physical.has(nodeOfPoint(point)));
  if (first !== undefined) return { member, switchName: nodeOfPoint(first.point), first };
  const stayed = notLeaving(index, probe);
  if (stayed !== undefined) return { member, doubt: stayed };
  const incomplete = topology.switches
    .flatMap(({ name, ports }) => ports.map((port) => `${name}:${port.name}` as Point))
    .flatMap((at) => incompleteness(index, at) ?? [])[0];
  return { member, doubt: incomplete ?? nowhere };
}
