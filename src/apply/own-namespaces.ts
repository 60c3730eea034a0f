import { namespaceCookie } from "../machine/netns/cookie.ts";
import { listNamespaces } from "../machine/netns/named.ts";
import { entriesOfThisBoot, type JournalEntry } from "./journal.ts";
import type { OwnNamespace } from "./read-state.ts";

/** A namespace that the journal speaks of and that exists now. */
export type FoundNamespace = OwnNamespace & { readonly inode: number };

/**
 * The namespaces of a lab that exist now, from its journal alone. One that was deleted behind our back and made again by
 * somebody else has another cookie and is not ours; one that was announced when a kill came before its cookie was noted
 * is.
 */
export function ownNamespaces(journal: readonly JournalEntry[]): readonly FoundNamespace[] {
  const nodes = new Map<string, string>();
  const cookies = new Map<string, string>();
  for (const entry of entriesOfThisBoot(journal)) {
    if (entry.entry === "namespaces") {
      for (const [name, cookie] of Object.entries(entry.cookies)) cookies.set(name, cookie);
    }
    if (entry.entry !== "intent") continue;
    for (const { act, object } of entry.operations) {
      if (object.kind !== "namespace" || act !== "create") continue;
      nodes.set(object.namespace, object.node);
      cookies.delete(object.namespace);
    }
  }
  const existing = new Map(listNamespaces().map(({ name, inode }) => [name, inode]));
  return [...nodes].flatMap(([namespace, node]): readonly FoundNamespace[] => {
    const inode = existing.get(namespace);
    if (inode === undefined) return [];
    const made = cookies.get(namespace);
    const isOurs = made === undefined || made === namespaceCookie(namespace);
    return isOurs ? [{ namespace, node, inode }] : [];
  });
}
