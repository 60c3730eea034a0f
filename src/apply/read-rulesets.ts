import { closeFile } from "../machine/libc/files.ts";
import { openAnonymousNamespace } from "../machine/netns/named.ts";
import { applyRules, listRules } from "../machine/nftables/nftables.ts";
import type { RulesetObject } from "../plan/object.ts";
import { tableText } from "./apply-operations.ts";

/** The tables of a text that `nft list ruleset` printed. */
function tablesIn(namespace: string, text: string): readonly RulesetObject[] {
  const tables: RulesetObject[] = [];
  for (const match of text.matchAll(/^table (\S+) (\S+) \{\n([\s\S]*?)^\}$/gm)) {
    const [, family, table, body = ""] = match;
    if (family === undefined || table === undefined) continue;
    const known = family as RulesetObject["family"];
    tables.push({ kind: "ruleset", namespace, family: known, table, body });
  }
  return tables;
}

/** Rule sets in the kernel's own words, by the words they were written in. */
const canonical = new Map<string, string>();

/** What the kernel makes of a rule set: it is loaded where it touches nothing, and read back. */
function inKernelWords(ruleset: RulesetObject): string {
  const text = tableText(ruleset);
  const known = canonical.get(text);
  if (known !== undefined) return known;
  const scratch = openAnonymousNamespace();
  try {
    applyRules(scratch, text);
    const body = tablesIn("", listRules(scratch))[0]?.body ?? "";
    canonical.set(text, body);
    return body;
  } finally {
    closeFile(scratch);
  }
}

/** The tables of a namespace; those that mean what `desired` says come back in its words. */
export function rulesetObjects(
  namespace: string,
  desired: readonly RulesetObject[],
): readonly RulesetObject[] {
  return tablesIn(namespace, listRules(namespace)).map((actual) => {
    const wanted = desired.find(
      (ruleset) => ruleset.family === actual.family && ruleset.table === actual.table,
    );
    const isAsWanted = wanted !== undefined && inKernelWords(wanted) === actual.body;
    return isAsWanted ? wanted : actual;
  });
}
