/** Keys in the order of contract 2; all others follow in alphabetical order. */
const order = new Map(
  [
    "schemaVersion",
    "toolVersion",
    "lab",
    "name",
    "topologyDigest",
    "machines",
    "startedAt",
    "id",
    "title",
    "level",
    "subject",
    "outcome",
    "score",
    "advisoryScore",
    "coverage",
    "assessed",
    "applicable",
    "total",
    "reason",
    "recommendations",
    "findings",
    "expected",
    "observed",
    "remediation",
    "control",
    "evidence",
    "recording",
    "facts",
    "sha256",
    "point",
    "frames",
    "pointer",
    "filter",
    "path",
    "observations",
    "reachability",
    "notTried",
    "waivers",
    "unexpected",
  ].map((key, index) => [key, index] as const),
);

function compareKeys(left: string, right: string): number {
  const byOrder = (order.get(left) ?? order.size) - (order.get(right) ?? order.size);
  if (byOrder !== 0) return byOrder;
  return left < right ? -1 : Number(left > right);
}

function ordered(value: unknown): unknown {
  if (typeof value === "bigint") return value.toString();
  if (Array.isArray(value)) return value.map(ordered);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([, held]) => held !== undefined);
  entries.sort(([left], [right]) => compareKeys(left, right));
  return Object.fromEntries(entries.map(([key, held]) => [key, ordered(held)]));
}

/** Any document of ours as JSON: two spaces, stable key order whatever order the value was built in, a line feed at the end. */
export function renderJson(value: unknown): string {
  return `${JSON.stringify(ordered(value), null, 2)}\n`;
}
