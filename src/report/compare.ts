import type { Finding, Outcome } from "../score/finding.ts";
import type { Result } from "../score/result.ts";
import { plain } from "./escape.ts";
import { type Section, sectionsOf } from "./section.ts";
import { type Layout, outcomeStyle, outcomeWord, page, paint } from "./style.ts";
import { renderTable } from "./table.ts";
import { formatScore } from "./text.ts";

/** What changed from a baseline to a later result of the same lab. */
export type Comparison = {
  readonly lab: string;
  readonly baseline: string;
  readonly current: string;
  readonly sameTopology: boolean;
  readonly score: { readonly before: number | null; readonly after: number | null };
  readonly outcomes: readonly OutcomeChange[];
  /** Not passed now, and not in the baseline with this outcome. */
  readonly appeared: readonly ComparedFinding[];
  /** Not passed in the baseline, and now passed, gone, or with another outcome. */
  readonly gone: readonly ComparedFinding[];
};

type OutcomeChange = {
  readonly id: string;
  readonly level: "required" | "advisory";
  readonly before: Outcome | "absent";
  readonly after: Outcome | "absent";
};

type ComparedFinding = {
  readonly recommendation: string;
  readonly level: "required" | "advisory";
  readonly subject: string;
  readonly outcome: Outcome;
  readonly expected: string;
  readonly observed: string;
};

function outcomeChanges(
  before: readonly Section[],
  after: readonly Section[],
): readonly OutcomeChange[] {
  const old = new Map(before.map((section) => [section.id, section]));
  const now = new Map(after.map((section) => [section.id, section]));
  return [...new Set([...now.keys(), ...old.keys()])]
    .map((id) => ({
      id,
      level: now.get(id)?.level ?? old.get(id)?.level ?? "required",
      before: old.get(id)?.outcome ?? ("absent" as const),
      after: now.get(id)?.outcome ?? ("absent" as const),
    }))
    .filter((change) => change.before !== change.after);
}

/** The observed text is left out: it may hold counts that differ from run to run. */
function identity(finding: ComparedFinding): string {
  const { recommendation, subject, expected, outcome } = finding;
  return JSON.stringify([recommendation, subject, expected, outcome]);
}

function open({ outcome, waived }: Finding): boolean {
  return outcome !== "pass" && outcome !== "not-applicable" && waived === undefined;
}

/** What a section says by itself where none of its findings has its outcome: an error before anything was found, say. */
function ownFinding(section: Section): readonly Finding[] {
  const { id, outcome, reason } = section;
  if (section.findings.some((finding) => finding.outcome === outcome)) return [];
  return [{ subject: id, outcome, expected: "a verdict", observed: reason, evidence: [] }];
}

function openFindings(sections: readonly Section[]): readonly ComparedFinding[] {
  return sections.flatMap((section) =>
    [...section.findings, ...ownFinding(section)]
      .filter(open)
      .map(({ subject, outcome, expected, observed }) => ({
        recommendation: section.id,
        level: section.level,
        subject,
        outcome,
        expected,
        observed,
      })),
  );
}

function without(
  findings: readonly ComparedFinding[],
  known: readonly ComparedFinding[],
): readonly ComparedFinding[] {
  const names = new Set(known.map(identity));
  return findings.filter((finding) => !names.has(identity(finding)));
}

/** Compares two results; waived findings count as closed on either side. */
export function compareResults(baseline: Result, current: Result): Comparison {
  const before = sectionsOf(baseline);
  const after = sectionsOf(current);
  const oldOpen = openFindings(before);
  const nowOpen = openFindings(after);
  return {
    lab: current.lab,
    baseline: baseline.startedAt,
    current: current.startedAt,
    sameTopology: baseline.topologyDigest === current.topologyDigest,
    score: { before: baseline.score, after: current.score },
    outcomes: outcomeChanges(before, after),
    appeared: without(nowOpen, oldOpen),
    gone: without(oldOpen, nowOpen),
  };
}

/** A verdict that was there and is not any more: what the baseline assessed must still be assessed. */
function lostVerdict(change: OutcomeChange): boolean {
  const decided = change.before === "pass" || change.before === "fail";
  return decided && (change.after === "not-applicable" || change.after === "absent");
}

/**
 * Exit code of `lab run --baseline` and `lab compare`: as contract 1, for what is new only. 1: a new failure of a
 * required recommendation (with `strict` of an advisory one); 4: a new error; 3: newly inconclusive, or a verdict lost.
 */
export function baselineExit(
  comparison: Comparison,
  options: { readonly strict?: boolean } = {},
): 0 | 1 | 3 | 4 {
  const counts = ({ level }: { readonly level: string }): boolean =>
    level === "required" || options.strict === true;
  const fresh = (outcome: Outcome): boolean =>
    comparison.appeared.some((finding) => finding.outcome === outcome && counts(finding));
  if (fresh("fail")) return 1;
  if (fresh("error")) return 4;
  if (fresh("inconclusive")) return 3;
  return comparison.outcomes.some((change) => counts(change) && lostVerdict(change)) ? 3 : 0;
}

function findingLines(title: string, findings: readonly ComparedFinding[], layout: Layout): string {
  if (findings.length === 0) return "";
  const lines = findings.map((finding) => {
    const word = paint(outcomeWord(finding.outcome), outcomeStyle(finding.outcome), layout.colour);
    const advisory = finding.level === "advisory" ? " (advisory)" : "";
    const text = `${finding.recommendation}${advisory}  ${finding.subject}: expected ${finding.expected}; observed ${finding.observed}`;
    return `  ${word}  ${plain(text)}`;
  });
  return `\n${paint(`${title} (${findings.length})`, "bold", layout.colour)}\n${lines.join("\n")}\n`;
}

/** The comparison for people. */
export function renderComparison(comparison: Comparison, layout: Layout = page): string {
  const { score } = comparison;
  const header = [
    plain(`${comparison.lab}: ${comparison.baseline} -> ${comparison.current}`),
    `score ${formatScore(score.before)} -> ${formatScore(score.after)}`,
    ...(comparison.sameTopology ? [] : ["the topology files differ"]),
  ].join("\n");
  const changes =
    comparison.outcomes.length === 0
      ? "no outcome changed\n"
      : renderTable(
          comparison.outcomes,
          [
            { title: "recommendation", value: (change) => change.id },
            { title: "level", value: (change) => change.level },
            { title: "before", value: (change) => change.before },
            {
              title: "after",
              value: (change) => change.after,
              style: ({ after }) => (after === "absent" ? "red" : outcomeStyle(after)),
            },
          ],
          layout,
        );
  return [
    `${header}\n\n`,
    changes,
    findingLines("New", comparison.appeared, layout),
    findingLines("Gone", comparison.gone, layout),
  ].join("");
}
