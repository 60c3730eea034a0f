import { listNamespaces } from "../machine/netns/named.ts";
import { entriesOfThisBoot, type JournalEntry } from "./journal.ts";
import type { OwnNamespace } from "./read-state.ts";

/** A namespace that the journal speaks of and that exists now. */
export type FoundNamespace = OwnNamespace & {
  readonly inode: number;
  /** Whether the kernel gave it to us: `made` with this inode, `intended` when a kill came before its inode was noted. */
  readonly claim: "made" | "intended";
};

/**
 * The namespaces of a lab that exist now, from its journal alone. One that was deleted behind our back and made again by
 * somebody else has another inode and is not ours.
 */
export function ownNamespaces(journal: readonly JournalEntry[]): readonly FoundNamespace[] {
  const nodes = new Map<string, string>();
  const inodes = new Map<string, number>();
  for (const entry of entriesOfThisBoot(journal)) {
    if (entry.entry === "namespaces") {
      for (const [name, inode] of Object.entries(entry.inodes)) inodes.set(name, inode);
    }
    if (entry.entry !== "intent") continue;
    for (const { act, object } of entry.operations) {
      if (object.kind !== "namespace") continue;
      if (act === "create") {
        nodes.set(object.namespace, object.node);
        inodes.delete(object.namespace);
      }
    }
  }
  const existing = new Map(listNamespaces().map(({ name, inode }) => [name, inode]));
  return [...nodes].flatMap(([namespace, node]): readonly FoundNamespace[] => {
    const inode = existing.get(namespace);
    const made = inodes.get(namespace);
    if (inode === undefined || (made !== undefined && made !== inode)) return [];
    return [{ namespace, node, inode, claim: made === undefined ? "intended" : "made" }];
  });
}
