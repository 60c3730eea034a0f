import { processesMarked } from "../machine/marked-processes.ts";
import { releaseNamespaces } from "../machine/netlink/release.ts";
import { processesByNamespace } from "../machine/netns/processes.ts";
import {
  isAlive,
  killProcess,
  type ProcessIdentity,
  processIdentity,
  waitUntilGone,
} from "../machine/process-identity.ts";
import { LabError } from "../units/lab-error.ts";
import { milliseconds } from "../units/milliseconds.ts";
import { entriesOfThisBoot, type JournalEntry, readJournal } from "./journal.ts";
import { ownNamespaces } from "./own-namespaces.ts";

/** What taking a lab down found and removed. */
export type TakenDown = { readonly namespaces: number; readonly processes: number };

const patience = milliseconds(10_000);

/**
 * Takes a lab of this machine away, from its journal alone: first ends what still works for it, then deletes its
 * namespaces, and returns when the kernel has let go of them. Does nothing where nothing is left.
 *
 * @throws LabError when a process does not end.
 */
export async function takeDown(journalPath: string): Promise<TakenDown> {
  const journal = readJournal(journalPath);
  const processes = await endProcesses(ownProcesses(journal));
  const namespaces = ownNamespaces(journal);
  const inside = await endProcesses(processesInside(new Set(namespaces.map(({ inode }) => inode))));
  const names = namespaces.map(({ namespace }) => namespace);
  if (names.length > 0 && (await releaseNamespaces(names, patience)) > 0) {
    throw new LabError(
      "LAB_E_NAMESPACE_STUCK",
      "the kernel does not let go of the lab's namespaces",
      {
        fix: "something outside the lab holds them open (`ls -l /proc/*/ns/net`); end it and run `lab down` again",
      },
    );
  }
  return { namespaces: namespaces.length, processes: processes + inside };
}

/** What the journal says was started and still runs; of what a kill kept from being noted, what bears its mark. */
function ownProcesses(journal: readonly JournalEntry[]): readonly ProcessIdentity[] {
  const entries = entriesOfThisBoot(journal);
  const marks = entries.flatMap((entry) => (entry.entry === "process-intent" ? [entry.mark] : []));
  const noted = entries.flatMap((entry) => (entry.entry === "process" ? [entry.identity] : []));
  const found = [...noted.filter(isAlive), ...processesMarked(new Set(marks))];
  return [...new Map(found.map((identity) => [identity.pid, identity])).values()];
}

/** Whatever runs inside a namespace of the lab belongs to the lab, whoever started it there. */
function processesInside(inodes: ReadonlySet<number>): readonly ProcessIdentity[] {
  if (inodes.size === 0) return [];
  const found: ProcessIdentity[] = [];
  for (const [inode, pids] of processesByNamespace()) {
    if (!inodes.has(inode)) continue;
    for (const pid of pids) {
      const identity = processIdentity(pid);
      if (identity !== undefined && pid !== process.pid) found.push(identity);
    }
  }
  return found;
}

async function endProcesses(processes: readonly ProcessIdentity[]): Promise<number> {
  for (const identity of processes) killProcess(identity, "SIGKILL");
  const left = await waitUntilGone(processes, patience);
  if (left.length > 0) {
    const pids = left.map(({ pid }) => pid).join(", ");
    throw new LabError("LAB_E_PROCESS_STUCK", `these processes do not end: ${pids}`, {
      fix: "look at /proc/PID/stack to see what they wait for, then run `lab down` again",
    });
  }
  return processes.length;
}
