import { bringUp } from "../lifecycle/bring-up.ts";
import { notUp } from "../lifecycle/lab-absent.ts";
import { lockLab } from "../lifecycle/lab-lock.ts";
import { type LabRecord, type MachineKind, readLabRecord } from "../lifecycle/lab-record.ts";
import { connectMachine, type OpenMachine } from "../lifecycle/open-machine.ts";
import { takeDownLab } from "../lifecycle/take-down-lab.ts";
import { isoNow } from "../machine/clock.ts";
import type { FileLock } from "../machine/file-lock.ts";
import type { Topology } from "../topology/topology.ts";
import { LabError } from "../units/lab-error.ts";
import type { Call } from "./command.ts";
import { commandText } from "./command-text.ts";
import { type Context, unlessInterrupted } from "./context.ts";
import { isFile, readTopologyFile, topologyOfText } from "./topology-file.ts";

/** A lab that is up, for a command that works on it. */
export type OpenLab = {
  readonly topology: Topology;
  readonly text: string;
  readonly record: LabRecord;
  readonly machine: OpenMachine;
};

/** `--machine local|qemu`. @throws LabError for another word. */
export function machineAsked(call: Call): MachineKind | undefined {
  const word = call.text("machine");
  if (word === undefined || word === "local" || word === "qemu") return word;
  throw new LabError("LAB_E_USAGE", `there is no machine "${word}"`, {
    fix: "use --machine local or --machine qemu",
    exitCode: 2,
  });
}

/**
 * Does `work` on a lab: on one that is up, which stays; or on a file's, which is brought up before and taken down after,
 * also when the work fails or is interrupted.
 */
export async function withLab<Value>(
  context: Context,
  call: Call,
  target: string,
  work: (lab: OpenLab) => Promise<Value>,
): Promise<Value> {
  const stoppable = (lab: OpenLab): Promise<Value> => unlessInterrupted(context, work(lab));
  return isFile(target)
    ? await aroundFile(context, call, target, stoppable)
    : await onLab(context, target, stoppable);
}

/** Does `work` on a lab that is up; Ctrl-C is for `work` to notice. */
export async function onLab<Value>(
  context: Context,
  name: string,
  work: (lab: OpenLab) => Promise<Value>,
): Promise<Value> {
  // Before anything is locked: a lock makes a file, and a lab that is not there would never take it away.
  if (readLabRecord(name) === undefined) throw notUp(name);
  using _lock = lockLab(name, commandText(), isoNow());
  const record = readLabRecord(name);
  if (record === undefined) throw notUp(name);
  const topology = topologyOfText(record.text, record.file);
  if (topology === undefined) throw notUp(name);
  using machine = await unlessInterrupted(context, connectMachine(record));
  return await work({ topology, text: record.text, record, machine });
}

async function aroundFile<Value>(
  context: Context,
  call: Call,
  path: string,
  work: (lab: OpenLab) => Promise<Value>,
): Promise<Value> {
  const { topology, text } = readTopologyFile(path);
  using lock = lockLab(topology.name, commandText(), isoNow());
  refuseRunning(topology.name, path);
  try {
    const machine = machineAsked(call);
    const up = await bringUp({
      ...{ topology, file: path, text, repair: false, now: isoNow(), say: context.say, lock },
      interrupted: context.interrupted,
      ...(machine === undefined ? {} : { machine }),
      parseBefore: () => undefined,
    });
    context.say(`up: ${up.applied.length} operations`);
    using opened = up;
    const lab = { topology, text, record: opened.record, machine: opened.machine };
    return await work(lab);
  } finally {
    await takeDownWith(context, topology.name, lock);
  }
}

function refuseRunning(lab: string, path: string): void {
  if (readLabRecord(lab) === undefined) return;
  throw new LabError("LAB_E_LAB_UP", `lab "${lab}" is up already`, {
    fix: `name the lab instead of ${path}, or take it down first: lab down ${lab}`,
    exitCode: 2,
  });
}

async function takeDownWith(context: Context, lab: string, lock: FileLock): Promise<void> {
  await takeDownLab(lab, lock);
  context.say("down");
}
