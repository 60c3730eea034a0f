import type { Finding, Outcome } from "../score/finding.ts";

/** Findings whose subject is `SENDER -> TARGET SERVICE`, as a table of senders and targets. */
export type ReachabilityGrid = {
  readonly rows: readonly string[];
  /** `db1 tcp/5432`. */
  readonly columns: readonly string[];
  readonly cell: (row: string, column: string) => GridCell | undefined;
};

type GridCell = { readonly outcome: Outcome; readonly findings: readonly Finding[] };

/** The worst of several findings decides a cell (both address families of a pair, say). */
const worstFirst: readonly Outcome[] = ["fail", "error", "inconclusive", "pass", "not-applicable"];

/** Splits `web1:eth0 -> db1:eth0 tcp/5432`; undefined for a subject that is not a pair. */
function parsePair(subject: string): { row: string; column: string } | undefined {
  const match = /^(\S+) -> (\S.*)$/.exec(subject);
  return match === null ? undefined : { row: match[1] ?? "", column: match[2] ?? "" };
}

/** Undefined when no finding is about a pair. */
export function reachabilityGrid(findings: readonly Finding[]): ReachabilityGrid | undefined {
  const cells = new Map<string, Finding[]>();
  const rows = new Set<string>();
  const columns = new Set<string>();
  for (const finding of findings) {
    const pair = parsePair(finding.subject);
    if (pair === undefined) continue;
    rows.add(pair.row);
    columns.add(pair.column);
    const key = JSON.stringify([pair.row, pair.column]);
    cells.set(key, [...(cells.get(key) ?? []), finding]);
  }
  if (rows.size === 0) return undefined;
  return {
    rows: [...rows].sort(),
    columns: [...columns].sort(),
    cell: (row, column) => {
      const held = cells.get(JSON.stringify([row, column]));
      if (held === undefined) return undefined;
      const outcome = worstFirst.find((worst) => held.some((finding) => finding.outcome === worst));
      return { outcome: outcome ?? "error", findings: held };
    },
  };
}
