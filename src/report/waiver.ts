import type { Finding } from "../score/finding.ts";
import type { Result, Section, WaiverRecord } from "./result.ts";

/** A waiver, and what it covers in one result. */
export type WaiverUse = {
  readonly waiver: WaiverRecord;
  /** On the day of the assessment, not of the report: a stored result always gives the same text. */
  readonly expired: boolean;
  /** Findings it matches that did not pass. */
  readonly matches: number;
};

/** A waiver holds through its last day, in UTC. */
function hasExpired(waiver: WaiverRecord, result: Result): boolean {
  return result.startedAt.slice(0, 10) > waiver.expires;
}

function matches(waiver: WaiverRecord, section: string, finding: Finding): boolean {
  return (
    waiver.recommendation === section &&
    (waiver.subject === "*" || waiver.subject === finding.subject)
  );
}

/** The waiver that holds for a finding; undefined for one that passed, and for an expired waiver. */
export function waiverOf(
  result: Result,
  section: string,
  finding: Finding,
): WaiverRecord | undefined {
  if (finding.outcome === "pass") return undefined;
  return (result.waivers ?? []).find(
    (waiver) => matches(waiver, section, finding) && !hasExpired(waiver, result),
  );
}

/** Every waiver of a result with its use, in the order of the topology. */
export function waiverUses(result: Result, sections: readonly Section[]): readonly WaiverUse[] {
  return (result.waivers ?? []).map((waiver) => ({
    waiver,
    expired: hasExpired(waiver, result),
    matches: sections
      .flatMap((section) => section.findings.map((finding) => ({ section, finding })))
      .filter(
        ({ section, finding }) =>
          finding.outcome !== "pass" && matches(waiver, section.id, finding),
      ).length,
  }));
}
