import { readFileSync, removePath, writeFileSync } from "../machine/files.ts";
import { bootId } from "../machine/process-identity.ts";
import { labDirectory } from "../machine/state-directory.ts";

import type { Layout } from "./layout.ts";

/** Where a lab runs. */
export type MachineKind = "local" | "qemu";

/** What is remembered of a lab that is up: enough to speak to it and to compare a changed file with it. */
export type LabRecord = {
  readonly lab: string;
  /** The file as given, for messages. */
  readonly file: string;
  /** The text of the topology as it was brought up. */
  readonly text: string;
  /** The namespace of each node: a switch, a host, a workload, a router, a switch's test station. */
  readonly nodes: Readonly<Record<string, string>>;
  readonly machine: MachineKind;
  readonly kernel: string;
  readonly broughtUpAt: string;
  /** The boot it was brought up in; nothing of it is left in another one. */
  readonly bootId: string;
  /** The guests that carry it, in the order of the layout's machines; none when it is on this machine. */
  readonly guests?: readonly GuestRecord[];
  readonly layout: Layout;
};

/** How a guest is reached. */
export type GuestRecord = {
  readonly name: string;
  readonly controlSocket: string;
  readonly qmpSocket: string;
  /** The folder its recordings come back through, as it names it. */
  readonly exchangeInGuest: string;
};

/** Undefined when the lab is not up, was killed before it was remembered, or was up before a reboot. */
export function readLabRecord(lab: string): LabRecord | undefined {
  const text = readFileSync(labDirectory(lab).record);
  if (text === undefined) return undefined;
  const record = JSON.parse(text) as LabRecord;
  return record.bootId === bootId() ? record : undefined;
}

export function writeLabRecord(record: LabRecord): void {
  writeFileSync(labDirectory(record.lab).record, JSON.stringify(record));
}

/** From here on the lab counts as left behind. */
export function removeLabRecord(lab: string): void {
  removePath(labDirectory(lab).record);
}
