import { takeDown } from "../apply/take-down.ts";
import { readCapabilities } from "../daemon/capabilities.ts";
import { after } from "../machine/clock.ts";
import type { FileLock } from "../machine/file-lock.ts";
import { bootId } from "../machine/process-identity.ts";
import { labDirectory } from "../machine/state-directory.ts";
import { neededCapabilities } from "../plan/capabilities.ts";
import { diff } from "../plan/diff.ts";
import { type LabObject, objectKey } from "../plan/object.ts";
import type { Operation } from "../plan/operation.ts";
import { planTopology } from "../plan/plan-topology.ts";
import type { Topology } from "../topology/topology.ts";
import { milliseconds } from "../units/milliseconds.ts";
import { chooseMachine, type MachineChoice, placedMachine } from "./choose-machine.ts";
import { type LabRecord, type MachineKind, readLabRecord, writeLabRecord } from "./lab-record.ts";
import { changedLayout, type Layout, layoutOf } from "./layout.ts";
import { loadModules } from "./load-modules.ts";
import { connectMachine, type OpenMachine, startMachine } from "./open-machine.ts";
import { clearLab, isRemembered, takeDownLab } from "./take-down-lab.ts";

export type BringUpRequest = {
  readonly topology: Topology;
  readonly file: string;
  readonly text: string;
  readonly machine?: MachineKind;
  /** Mends what differs from the file although the file has not changed. */
  readonly repair: boolean;
  readonly now: string;
  readonly say: (line: string) => void;
  readonly lock: FileLock;
  /** When it is aborted the work stops: what this call made is taken away, a lab that was up before stays. */
  readonly interrupted: AbortSignal;
  /** The topology as it was brought up before, of a lab that is up. */
  readonly parseBefore: (text: string) => Topology | undefined;
};

/** A lab that is up, spoken to. */
export type BroughtUp = Disposable & {
  readonly machine: OpenMachine;
  readonly record: LabRecord;
  readonly applied: readonly Operation[];
  /** What differs from the file and was left, because nobody asked for a repair. */
  readonly drift: readonly Operation[];
};

const settleMs = 20_000;

/**
 * Makes the network so, or makes the difference where it is up already. What this call began and could not finish it
 * takes away again.
 */
export async function bringUp(request: BringUpRequest): Promise<BroughtUp> {
  const { interrupted, lock } = request;
  const lab = request.topology.name;
  interrupted.throwIfAborted();
  const record = readLabRecord(lab);
  if (record !== undefined) return await orInterrupted(update(request, record), interrupted);
  if (isRemembered(lab)) {
    request.say("taking away what a former run or boot left of this lab");
    await clearLab(lab);
  }
  const work = create(request);
  try {
    return await orInterrupted(work, interrupted);
  } catch (error) {
    await endWork(lab, work);
    await takeDownLab(lab, lock);
    throw error;
  }
}

function orInterrupted(work: Promise<BroughtUp>, interrupted: AbortSignal): Promise<BroughtUp> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(interrupted.reason as Error);
    interrupted.addEventListener("abort", stop, { once: true });
    work.then(resolve, reject).finally(() => interrupted.removeEventListener("abort", stop));
  });
}

/** Ends what the work has started, again and again, until it has noticed: then it starts nothing any more. */
async function endWork(lab: string, work: Promise<BroughtUp>): Promise<void> {
  let isOver = false;
  const over = work
    .then(
      (up) => up[Symbol.dispose](),
      () => undefined, // why it failed is known, or is that it was ended
    )
    .then(() => {
      isOver = true;
    });
  for (;;) {
    await Promise.race([over, after(milliseconds(50))]);
    if (isOver) return;
    await takeDown(labDirectory(lab).journal);
  }
}

async function create(request: BringUpRequest): Promise<BroughtUp> {
  const { topology, file, text, now, say, interrupted } = request;
  const desired = planTopology(topology);
  const layout = layoutOf(topology);
  const choice = decideMachine(desired, layout, request.machine, say);
  say(`machine: ${choice.reason}`);
  const machine = await startMachine(topology.name, choice.machine, layout);
  using _stop = whenAborted(interrupted, () => machine[Symbol.dispose]());
  try {
    const operations = diff(desired, []);
    await machine.client.call("apply", { operations });
    const record: LabRecord = {
      ...{ lab: topology.name, file, text, machine: choice.machine, kernel: machine.kernel },
      ...{ broughtUpAt: now, bootId: bootId(), nodes: nodesOf(desired), layout },
      ...(machine.guests === undefined ? {} : { guests: machine.guests }),
    };
    writeLabRecord(record);
    await awaitSettled(machine, say);
    return broughtUp(machine, record, operations, []);
  } catch (error) {
    machine[Symbol.dispose]();
    throw error;
  }
}

function whenAborted(signal: AbortSignal, act: () => void): Disposable {
  if (signal.aborted) act();
  else signal.addEventListener("abort", act, { once: true });
  return { [Symbol.dispose]: () => signal.removeEventListener("abort", act) };
}

/** What this kernel can do is only looked at where it may decide. */
export function decideMachine(
  desired: readonly LabObject[],
  layout: Layout,
  asked: MachineKind | undefined,
  say: (line: string) => void,
): MachineChoice {
  const placed = placedMachine(layout, asked);
  if (placed !== undefined) return placed;
  const needed = neededCapabilities(desired);
  const wish = layout.machines.includes("local") ? "local" : asked;
  if (wish !== "qemu") loadModules(needed, say);
  const local =
    wish === "qemu" ? { kernel: "", privileged: false, features: [] } : readCapabilities(needed);
  return chooseMachine(needed, local, wish);
}

async function update(request: BringUpRequest, record: LabRecord): Promise<BroughtUp> {
  const { topology, text, file, repair, say, interrupted } = request;
  const layout = changedLayout(record.layout, topology);
  const machine = await connectMachine({ ...record, layout });
  using _stop = whenAborted(interrupted, () => machine[Symbol.dispose]());
  try {
    const desired = planTopology(topology);
    const before = request.parseBefore(record.text);
    const actual = await machine.client.call("read", { desired });
    const differences = diff(desired, actual);
    const changed = changedKeys(before === undefined ? [] : planTopology(before), desired);
    const isMeant = (operation: Operation): boolean =>
      repair || changed.has(objectKey(operation.object));
    const operations = differences.filter(isMeant);
    const drift = differences.filter((operation) => !isMeant(operation));
    if (operations.length > 0) {
      await machine.client.call("apply", { operations });
      await awaitSettled(machine, say);
    }
    const updated = { ...record, file, text, layout, nodes: nodesOf(desired) };
    writeLabRecord(updated);
    return broughtUp(machine, updated, operations, drift);
  } catch (error) {
    machine[Symbol.dispose]();
    throw error;
  }
}

function nodesOf(desired: readonly LabObject[]): LabRecord["nodes"] {
  return Object.fromEntries(
    desired.flatMap((object) =>
      object.kind === "namespace" ? [[object.node, object.namespace]] : [],
    ),
  );
}

/**
 * Keys of the parts that have to be touched to come from one version of a file to the other: also those that are
 * described alike and hang on one that is made again, as the members of a bond.
 */
function changedKeys(
  before: readonly LabObject[],
  after: readonly LabObject[],
): ReadonlySet<string> {
  return new Set(diff(after, before).map(({ object }) => objectKey(object)));
}

async function awaitSettled(machine: OpenMachine, say: (line: string) => void): Promise<void> {
  const { unsettled } = await machine.client.call("settle", { deadlineMs: settleMs });
  for (const what of unsettled) say(`not settled after ${settleMs / 1000} s: ${what}`);
}

function broughtUp(
  machine: OpenMachine,
  record: LabRecord,
  applied: readonly Operation[],
  drift: readonly Operation[],
): BroughtUp {
  return { machine, record, applied, drift, [Symbol.dispose]: () => machine[Symbol.dispose]() };
}
