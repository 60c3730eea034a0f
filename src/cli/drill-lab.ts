import { diff } from "../plan/diff.ts";
import type { LabObject } from "../plan/object.ts";
import { objectKey } from "../plan/object.ts";
import type { Operation } from "../plan/operation.ts";
import { planChange } from "../plan/plan-change.ts";
import { planTopology } from "../plan/plan-topology.ts";
import type { Drill, DrillRow } from "../report/matrix.ts";
import type { Check } from "../score/check.ts";
import type { Defect } from "../score/defect.ts";
import type { Outcome } from "../score/finding.ts";
import type { Result } from "../score/result.ts";
import { assessLab } from "./assess-lab.ts";
import type { Context } from "./context.ts";
import type { OpenLab } from "./with-lab.ts";

const settleMs = 6000;

/**
 * Assesses a lab as it is, then with each defect in turn: applied, read back, assessed, taken back, read back again. A
 * defect that leaves no trace in the kernel, or that does not go away, makes its row worth nothing.
 */
export async function drillLab(
  context: Context,
  lab: OpenLab,
  defects: readonly Defect[],
  checksFor: (defect: Defect | undefined) => readonly Check[],
  folder: string,
): Promise<Drill> {
  context.say("assessing without a defect");
  const { directory, result } = await assessLab(context, lab, checksFor(undefined), folder);
  const rows: DrillRow[] = [];
  for (const [position, defect] of defects.entries()) {
    context.say(`defect ${position + 1} of ${defects.length}: ${defect.id}`);
    rows.push(await drillOne(context, lab, defect, checksFor(defect), `${directory}/${defect.id}`));
  }
  return {
    lab: lab.topology.name,
    startedAt: result.startedAt,
    baseline: outcomesOf(result),
    rows,
  };
}

async function drillOne(
  context: Context,
  lab: OpenLab,
  defect: Defect,
  checks: readonly Check[],
  folder: string,
): Promise<DrillRow> {
  const row = {
    defect: defect.id,
    breaks: defect.breaks,
    alsoAffects: defect.alsoAffects.map(({ id, why }) => ({ recommendation: id, why })),
  };
  try {
    const outcomes = await withDefect(context, lab, defect, async () =>
      outcomesOf((await assessLab(context, lab, checks, folder)).result),
    );
    return { ...row, outcomes };
  } catch (error) {
    return { ...row, outcomes: {}, error: (error as Error).message };
  }
}

async function withDefect<Value>(
  context: Context,
  { topology, machine: { client } }: OpenLab,
  defect: Defect,
  work: () => Promise<Value>,
): Promise<Value> {
  const desired = planTopology(topology);
  const read = (): Promise<readonly LabObject[]> => client.call("read", { desired });
  const before = await read();
  const operations = defect
    .changes(topology)
    .flatMap((change) => planChange(topology, before, change));
  if (operations.length === 0) throw new Error("the defect changes nothing here");
  const id = `defect/${defect.id}`;
  const takeBack = async (): Promise<void> => {
    await client.call("change-end", { id });
    await client.call("settle", { deadlineMs: settleMs });
    const left = diff(before, await read());
    for (const operation of left) context.say(`not taken back: ${objectKey(operation.object)}`);
    if (left.length === 0) return;
    throw new Error(`${left.length} parts are not as they were before the defect`);
  };
  await using undo = new AsyncDisposableStack();
  undo.defer(takeBack);
  await client.call("change-begin", { id, operations });
  await client.call("settle", { deadlineMs: settleMs });
  requireInForce(operations, await read());
  return await work();
}

/** A defect that the kernel does not show is none. */
function requireInForce(operations: readonly Operation[], actual: readonly LabObject[]): void {
  const present = new Map(actual.map((object) => [objectKey(object), object]));
  // A part that is taken away and made again, as the cable of a NIC that moves, is judged by the last of the two.
  const last = new Map(operations.map((operation) => [objectKey(operation.object), operation]));
  const missing = [...last.values()].filter((operation) => {
    const found = present.get(objectKey(operation.object));
    if (operation.act === "delete") return found !== undefined;
    return found === undefined || diff([operation.object], [found]).length > 0;
  });
  if (missing.length === 0) return;
  const names = missing.map(({ object }) => objectKey(object)).join(", ");
  throw new Error(`the kernel does not show the defect: ${names}`);
}

function outcomesOf(result: Result): Readonly<Record<string, Outcome>> {
  const { recommendations, reachability } = result;
  return {
    ...Object.fromEntries(recommendations.map(({ id, outcome }) => [id, outcome])),
    ...(reachability === undefined ? {} : { reachability: reachability.outcome }),
  };
}
