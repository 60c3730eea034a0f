import { applyOperations, type ServiceKeeper } from "../apply/apply-operations.ts";
import { entriesOfThisBoot, Journal, openChanges, readJournal } from "../apply/journal.ts";
import { ownNamespaces } from "../apply/own-namespaces.ts";
import { readState } from "../apply/read-state.ts";
import { releaseNamespaces } from "../machine/netlink/release.ts";
import { forgetGoneNamespaces } from "../machine/netns/handles.ts";
import { diff } from "../plan/diff.ts";
import { type LabObject, objectKey } from "../plan/object.ts";
import { inverse, type Operation } from "../plan/operation.ts";
import { LabError } from "../units/lab-error.ts";
import { milliseconds } from "../units/milliseconds.ts";

/** A service as a part of the lab. */
export type Service = Extract<LabObject, { kind: "service" }>;

/** What listens in workloads, and can be listed. */
export type Services = ServiceKeeper & {
  list(): readonly Service[];
  /** Stops those whose namespace is gone, and says how many. */
  stopLost(): number;
};

const patience = milliseconds(5000);

/** The lab that this machine carries: its journal, its parts, its listeners. */
export class LabOnMachine {
  readonly #journalPath: string;
  readonly #journal: Journal;
  readonly #services: Services;

  constructor(lab: string, journalPath: string, services: Services) {
    this.#journalPath = journalPath;
    this.#journal = new Journal(journalPath, lab);
    this.#services = services;
    this.#restartServices();
    this.#takeBackOpenChanges();
  }

  /** Listeners ended with the daemon before this one; the journal says which there were. */
  #restartServices(): void {
    const journal = readJournal(this.#journalPath);
    const alive = new Set(ownNamespaces(journal).map(({ namespace }) => namespace));
    const wanted = new Map<string, Service>();
    for (const entry of entriesOfThisBoot(journal)) {
      if (entry.entry !== "intent") continue;
      for (const { act, object } of entry.operations) {
        if (object.kind !== "service") continue;
        if (act === "delete") wanted.delete(objectKey(object));
        else if (alive.has(object.namespace)) wanted.set(objectKey(object), object);
      }
    }
    for (const service of wanted.values()) this.#services.start(service);
  }

  /** A run that was killed may have left changes; nobody else takes them back. */
  #takeBackOpenChanges(): void {
    for (const { id, undo } of openChanges(readJournal(this.#journalPath))) {
      try {
        this.#restore(undo);
      } catch (cause) {
        throw changeLeft(id, cause);
      }
      this.#journal.write({ entry: "change-undone", id });
    }
  }

  /** Takes a change back of which nobody knows how far it came: looks, and does what is missing. */
  #restore(undo: readonly Operation[]): void {
    const namespaces = ownNamespaces(readJournal(this.#journalPath));
    const present = new Set(namespaces.map(({ namespace }) => namespace));
    const possible = undo.filter(({ object }) => present.has(object.namespace));
    const objects = possible.map(({ object }) => object);
    const actual = [...readState(namespaces, objects), ...this.#services.list()];
    const wanted = new Map(actual.map((object) => [objectKey(object), object]));
    for (const { act, object } of possible) {
      if (act === "delete") wanted.delete(objectKey(object));
      else wanted.set(objectKey(object), object);
    }
    this.apply(diff([...wanted.values()], actual));
  }

  namespaces(): readonly string[] {
    return ownNamespaces(readJournal(this.#journalPath)).map(({ namespace }) => namespace);
  }

  async read(desired: readonly LabObject[]): Promise<readonly LabObject[]> {
    // What we hold of a namespace that somebody deleted keeps it and its half of each cable alive, unseen.
    if (this.#services.stopLost() + forgetGoneNamespaces() > 0) {
      await releaseNamespaces([], patience);
    }
    const namespaces = ownNamespaces(readJournal(this.#journalPath));
    return [...readState(namespaces, desired), ...this.#services.list()];
  }

  apply(operations: readonly Operation[]): void {
    applyOperations(operations, { journal: this.#journal, services: this.#services });
  }

  /** Does a change and returns what takes it back; that is in the journal before the change begins. */
  beginChange(id: string, operations: readonly Operation[]): () => void {
    const undo = operations.map(inverse).reverse();
    this.#journal.write({ entry: "change", id, undo });
    let open = true;
    const takeBack = (act: () => void): void => {
      if (!open) return;
      open = false;
      act();
      this.#journal.write({ entry: "change-undone", id });
    };
    try {
      this.apply(operations);
    } catch (error) {
      takeBack(() => this.#restore(undo));
      throw error;
    }
    return () => takeBack(() => this.#applyOrRestore(undo));
  }

  /** What has changed behind our back meanwhile may stand in the way of the plain inverse. */
  #applyOrRestore(undo: readonly Operation[]): void {
    try {
      this.apply(undo);
    } catch {
      this.#restore(undo);
    }
  }
}

function changeLeft(id: string, cause: unknown): LabError {
  return new LabError(
    "LAB_E_CHANGE_LEFT",
    `change "${id}", which a killed command left, cannot be taken back: ${String(cause)}`,
    { fix: "run `lab down` on the lab and bring it up again", cause },
  );
}
