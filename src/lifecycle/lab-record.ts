import { readFileSync, writeFileSync } from "../machine/files.ts";
import { labDirectory } from "../machine/state-directory.ts";

/** Where a lab runs. */
export type MachineKind = "local" | "qemu";

/** What is remembered of a lab that is up: enough to speak to it and to compare a changed file with it. */
export type LabRecord = {
  readonly lab: string;
  /** The file as given, for messages. */
  readonly file: string;
  /** The text of the topology as it was brought up. */
  readonly text: string;
  readonly machine: MachineKind;
  readonly kernel: string;
  readonly broughtUpAt: string;
  /** Guests only: the socket its daemon is reached by and the folder its recordings come back through. */
  readonly guest?: { readonly controlSocket: string; readonly exchangeInGuest: string };
};

/** Undefined when the lab is not up, or was killed before it was remembered. */
export function readLabRecord(lab: string): LabRecord | undefined {
  const text = readFileSync(labDirectory(lab).record);
  return text === undefined ? undefined : (JSON.parse(text) as LabRecord);
}

export function writeLabRecord(record: LabRecord): void {
  writeFileSync(labDirectory(record.lab).record, JSON.stringify(record));
}
