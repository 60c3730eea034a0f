import { AppendFile, readLines } from "../machine/append-file.ts";
import { bootId, type ProcessIdentity } from "../machine/process-identity.ts";
import type { Operation } from "../plan/operation.ts";

/**
 * What was done on one machine, written before each act. `lab down` needs nothing else: neither the topology nor
 * anything that still runs. One JSON object a line; a last line that was cut off by a kill is passed over.
 */
export type JournalEntry =
  /** First of all, and again by each process that goes on with the file: after a reboot nothing below it is alive. */
  | { readonly entry: "boot"; readonly bootId: string; readonly lab: string }
  | { readonly entry: "intent"; readonly operations: readonly Operation[] }
  /** The kernel's own numbers of the new namespaces: they tell ours from those that come later under the same names. */
  | { readonly entry: "namespaces"; readonly cookies: Readonly<Record<string, string>> }
  /** Written before a process is started; `mark` stands on its command line. */
  | { readonly entry: "process-intent"; readonly role: string; readonly mark: string }
  | { readonly entry: "process"; readonly role: string; readonly identity: ProcessIdentity }
  /** A change to a running network, with what takes it back. */
  | { readonly entry: "change"; readonly id: string; readonly undo: readonly Operation[] }
  | { readonly entry: "change-undone"; readonly id: string };

/** Appends entries; each call is on the disk when it returns. */
export class Journal implements Disposable {
  readonly #file: AppendFile;

  constructor(path: string, lab: string) {
    this.#file = new AppendFile(path);
    this.write({ entry: "boot", bootId: bootId(), lab });
  }

  write(entry: JournalEntry): void {
    this.#file.append(`${JSON.stringify(entry)}\n`);
  }

  [Symbol.dispose](): void {
    this.#file[Symbol.dispose]();
  }
}

/** All entries of a journal; none when there is no file. */
export function readJournal(path: string): readonly JournalEntry[] {
  const entries: JournalEntry[] = [];
  for (const line of readLines(path)) {
    const entry = parseEntry(line);
    if (entry !== undefined) entries.push(entry);
  }
  return entries;
}

function parseEntry(line: string): JournalEntry | undefined {
  try {
    return JSON.parse(line) as JournalEntry;
  } catch {
    return undefined; // the line a kill cut off: what it was about to announce was not done
  }
}

/** Entries of this boot: those after the last `boot` line that names another one. */
export function entriesOfThisBoot(entries: readonly JournalEntry[]): readonly JournalEntry[] {
  const current = bootId();
  const stale = entries.findLastIndex(
    (entry) => entry.entry === "boot" && entry.bootId !== current,
  );
  const first = entries.findIndex((entry, index) => index > stale && entry.entry === "boot");
  return first < 0 ? [] : entries.slice(first);
}

/** Changes that were begun and not taken back, last first, each with what takes it back. */
export function openChanges(
  entries: readonly JournalEntry[],
): readonly { readonly id: string; readonly undo: readonly Operation[] }[] {
  const undone = new Set(
    entries.flatMap((entry) => (entry.entry === "change-undone" ? [entry.id] : [])),
  );
  return entries
    .flatMap((entry) => (entry.entry === "change" && !undone.has(entry.id) ? [entry] : []))
    .reverse();
}
