import { readCapabilities } from "../daemon/capabilities.ts";
import type { FileLock } from "../machine/file-lock.ts";
import { neededCapabilities } from "../plan/capabilities.ts";
import { diff } from "../plan/diff.ts";
import { type LabObject, objectKey } from "../plan/object.ts";
import type { Operation } from "../plan/operation.ts";
import { planTopology } from "../plan/plan-topology.ts";
import type { Topology } from "../topology/topology.ts";
import { chooseMachine, type MachineChoice } from "./choose-machine.ts";
import { type LabRecord, type MachineKind, readLabRecord, writeLabRecord } from "./lab-record.ts";
import { loadModules } from "./load-modules.ts";
import { connectMachine, type OpenMachine, startMachine } from "./open-machine.ts";
import { isRemembered, takeDownLab } from "./take-down-lab.ts";

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
  const { topology } = request;
  const record = readLabRecord(topology.name);
  if (record !== undefined) return await update(request, record);
  if (isRemembered(topology.name)) {
    request.say("a former run was cut off: taking away what it left");
    await takeDownLab(topology.name, request.lock);
  }
  try {
    return await create(request);
  } catch (error) {
    await takeDownLab(topology.name, request.lock);
    throw error;
  }
}

async function create(request: BringUpRequest): Promise<BroughtUp> {
  const { topology, file, text, now, say } = request;
  const desired = planTopology(topology);
  const choice = decideMachine(desired, request.machine, say);
  say(`machine: ${choice.reason}`);
  const machine = await startMachine(topology.name, choice.machine);
  try {
    const operations = diff(desired, []);
    await machine.client.call("apply", { operations });
    const record: LabRecord = {
      ...{ lab: topology.name, file, text, machine: choice.machine, kernel: machine.kernel },
      broughtUpAt: now,
      ...(machine.guest === undefined ? {} : { guest: machine.guest }),
    };
    writeLabRecord(record);
    await awaitSettled(machine, say);
    return broughtUp(machine, record, operations, []);
  } catch (error) {
    machine[Symbol.dispose]();
    throw error;
  }
}

/** What this kernel can do is only looked at where it may decide. */
export function decideMachine(
  desired: readonly LabObject[],
  asked: MachineKind | undefined,
  say: (line: string) => void,
): MachineChoice {
  const needed = neededCapabilities(desired);
  if (asked !== "qemu") loadModules(needed, say);
  const local =
    asked === "qemu" ? { kernel: "", privileged: false, features: [] } : readCapabilities(needed);
  return chooseMachine(needed, local, asked);
}

async function update(request: BringUpRequest, record: LabRecord): Promise<BroughtUp> {
  const { topology, text, file, repair, say } = request;
  const machine = await connectMachine(record);
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
    const updated = { ...record, file, text };
    writeLabRecord(updated);
    return broughtUp(machine, updated, operations, drift);
  } catch (error) {
    machine[Symbol.dispose]();
    throw error;
  }
}

/** Keys of the parts that two versions of a file describe differently. */
function changedKeys(
  before: readonly LabObject[],
  after: readonly LabObject[],
): ReadonlySet<string> {
  const described = (objects: readonly LabObject[]): Map<string, string> =>
    new Map(objects.map((object) => [objectKey(object), JSON.stringify(object)]));
  const [old, current] = [described(before), described(after)];
  const keys = new Set([...old.keys(), ...current.keys()]);
  return new Set([...keys].filter((key) => old.get(key) !== current.get(key)));
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
