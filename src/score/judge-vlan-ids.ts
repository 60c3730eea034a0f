import type { Sighting } from "../evidence/evidence.ts";
import type { DueVlans, Expectation } from "../trial/trial.ts";
import { type EvidenceIndex, incompleteness, leaving } from "./evidence-index.ts";
import { type Judgement, judged, matching, notLeaving } from "./judgement.ts";
import { formatIds } from "./vlan-id-list.ts";

/** Frames of one whole sweep: VLAN ids 1 to 4094. */
const sweepLength = 4094;

/** How the frames of a sweep arrived; a frame's sequence is the VLAN id it was sent with. */
type Arrival = {
  readonly asSent: ReadonlySet<number>;
  readonly untagged: ReadonlySet<number>;
  readonly retagged: ReadonlySet<number>;
};

function arrivalOf(seen: readonly Sighting[]): Arrival {
  const asSent = new Set<number>();
  const untagged = new Set<number>();
  const retagged = new Set<number>();
  for (const { vlanIds, sequence } of seen) {
    if (vlanIds.length === 0) untagged.add(sequence);
    else if (vlanIds[0] === sequence) asSent.add(sequence);
    else retagged.add(sequence);
  }
  return { asSent, untagged, retagged };
}

/** Exactly the VLANs that are due are carried. Those that are carried are at the same time the control for the others. */
export function judgeVlanIds(
  index: EvidenceIndex,
  expectation: Expectation,
  due: DueVlans,
): Judgement {
  const seen = matching(index, expectation);
  const arrival = arrivalOf(seen);
  const surplus = [...arrival.asSent].filter((id) => !due.ids.includes(id) && id !== due.untagged);
  const native = [...arrival.untagged].filter((id) => id !== due.untagged);
  const retagged = [...arrival.retagged];
  const missing: readonly number[] = [
    ...due.ids.filter((id) => !arrival.asSent.has(id)),
    ...(due.untagged === undefined || hasNative(arrival, due.untagged) ? [] : [due.untagged]),
  ];
  const wrong = [...surplus, ...native, ...retagged];
  const faults = [
    ...named("surplus VLAN", surplus),
    ...native.map((id) => `VLAN ${id} arrives untagged`),
    ...named("changed tag of VLAN", retagged),
  ];
  const doubts = doubtsAbout(index, expectation, due, missing);
  if (missing.length > 0 && doubts === undefined) faults.push(...named("missing VLAN", missing));
  if (faults.length > 0) {
    const decisive = seen.filter(({ sequence }) => wrong.includes(sequence));
    const [first] = wrong.length > 0 ? wrong : missing;
    const judgement = judged("fail", faults.join("; "), decisive);
    return {
      ...judgement,
      lost: wrong.length === 0,
      ...(first === undefined ? {} : { sequence: first }),
    };
  }
  return doubts === undefined ? passed(seen, due) : judged("inconclusive", doubts);
}

function hasNative({ asSent, untagged }: Arrival, id: number): boolean {
  return untagged.has(id) || asSent.has(id);
}

function named(what: string, ids: readonly number[]): string[] {
  return ids.length === 0 ? [] : [`${what} ${formatIds(ids)}`];
}

function passed(seen: readonly Sighting[], due: DueVlans): Judgement {
  const native = due.untagged === undefined ? "" : `, VLAN ${due.untagged} untagged`;
  return judged("pass", `VLAN ${formatIds(due.ids)}${native} and no other`, seen);
}

/** Why neither presence nor absence can be told. */
function doubtsAbout(
  index: EvidenceIndex,
  expectation: Expectation,
  due: DueVlans,
  missing: readonly number[],
): string | undefined {
  const stayed = notLeaving(index, expectation.probe);
  if (stayed !== undefined) return stayed;
  const left = new Set(leaving(index, expectation.probe).map(({ sequence }) => sequence));
  const incomplete = incompleteness(index, expectation.at);
  if (incomplete !== undefined) return incomplete;
  const unsent = missing.filter((id) => !left.has(id));
  if (unsent.length > 0) return `frames of VLAN ${formatIds(unsent)} did not leave the sender`;
  if (missing.length > 0) return undefined;
  if (left.size < sweepLength)
    return `only ${left.size} of ${sweepLength} frames of the sweep left the sender`;
  if (due.ids.length === 0 && due.untagged === undefined)
    return "no VLAN is due here, so nothing proves that the point can be seen";
  return undefined;
}
