import type { Waiver } from "../topology/topology.ts";
import type { CheckId } from "./check.ts";
import type { Finding } from "./finding.ts";
import type { WaiverState } from "./result.ts";

/** `2026-12-31` holds to the end of that day. `now`: ISO 8601. */
function isExpired(waiver: Waiver, now: string): boolean {
  return now.slice(0, 10) > waiver.expires;
}

function covers(waiver: Waiver, id: CheckId, { subject, outcome }: Finding): boolean {
  return (
    outcome === "fail" &&
    waiver.recommendation === id &&
    (waiver.subject === "*" || waiver.subject === subject)
  );
}

/** Marks failing findings that are accepted until a date; outcomes stay. */
export function waive(
  id: CheckId,
  findings: readonly Finding[],
  waivers: readonly Waiver[],
  now: string,
): readonly Finding[] {
  return findings.map((finding) => {
    const waiver = waivers.find((item) => covers(item, id, finding) && !isExpired(item, now));
    if (waiver === undefined) return finding;
    const { reason, expires } = waiver;
    return { ...finding, waived: { reason, expires } };
  });
}

/** What became of each waiver; shown in every report. */
export function waiverStates(
  waivers: readonly Waiver[],
  results: readonly { readonly id: CheckId; readonly findings: readonly Finding[] }[],
  now: string,
): readonly WaiverState[] {
  return waivers.map((waiver) => {
    const isUsed = results.some(({ id, findings }) =>
      findings.some((finding) => covers(waiver, id, finding)),
    );
    const state = isExpired(waiver, now) ? "expired" : isUsed ? "active" : "unused";
    return { ...waiver, state };
  });
}
