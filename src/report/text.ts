import type { Finding, Outcome } from "../score/finding.ts";
import { plain } from "./escape.ts";
import { evidenceLine } from "./evidence-line.ts";
import { type Result, type Section, sectionsOf } from "./result.ts";
import { type Layout, outcomeStyle, outcomeWord, page, paint } from "./style.ts";
import { type Column, renderTable, wrap } from "./table.ts";
import { type WaiverUse, waiverOf, waiverUses } from "./waiver.ts";

const labels = ["expected", "observed", "control", "fix", "waived", "evidence"] as const;
type Label = (typeof labels)[number];
const labelWidth = Math.max(...labels.map((label) => label.length));

/** `0.92`; `-` where nothing could be scored. Never rounded up to 1. */
export function formatScore(score: number | null): string {
  return score === null ? "-" : (Math.floor(score * 100 + 1e-9) / 100).toFixed(2);
}

/** `11 of 11 applicable recommendations assessed, 13 in the catalogue`. */
export function formatCoverage(result: Result): string {
  const { assessed, applicable, total } = result.coverage;
  return `${assessed} of ${applicable} applicable recommendations assessed, ${total} in the catalogue`;
}

function heading(text: string, layout: Layout): string {
  return `\n${paint(text, "bold", layout.colour)}\n`;
}

function header(result: Result, layout: Layout): string {
  const machines = result.machines
    .map(({ name, kind, kernel }) =>
      [name === kind ? name : `${name} (${kind})`, kernel === undefined ? "" : `, ${kernel}`].join(
        "",
      ),
    )
    .join("; ");
  const title = `${result.lab}: security of the virtual network, NIST SP 800-125B (draft 2015-09-28)`;
  const indent = 10;
  const row = (label: string, text: string): string =>
    label.padEnd(indent) +
    wrap(plain(text), Math.max(24, layout.width - indent)).join(`\n${" ".repeat(indent)}`);
  const lines = [
    ...wrap(plain(title), layout.width).map((line) => paint(line, "bold", layout.colour)),
    row("started", `${result.startedAt}, lab ${result.toolVersion}`),
    plain(`topology  ${result.topologyDigest}`),
    ...(machines === "" ? [] : [row("machines", machines)]),
    row("score", `${formatScore(result.score)}; coverage: ${formatCoverage(result)}`),
  ];
  return `${lines.join("\n")}\n`;
}

const sectionColumns: readonly Column<Section>[] = [
  { title: "recommendation", value: (section) => section.id },
  { title: "level", value: (section) => section.level },
  {
    title: "outcome",
    value: (section) => outcomeWord(section.outcome),
    style: (section) => outcomeStyle(section.outcome),
  },
  { title: "score", value: (section) => formatScore(section.score), align: "right" },
  { title: "reason", value: (section) => section.reason, wraps: true },
];

function labelled(label: Label, text: string, layout: Layout): string {
  const indent = " ".repeat(4 + labelWidth + 2);
  const lines = wrap(plain(text), Math.max(24, layout.width - indent.length));
  return `    ${paint(label.padEnd(labelWidth), "dim", layout.colour)}  ${lines.join(`\n${indent}`)}`;
}

function controlText(control: NonNullable<Finding["control"]>): string {
  const where = control.evidence
    .map((ref) => ("recording" in ref ? `${ref.recording} at ${ref.point}` : ref.facts))
    .join(", ");
  return where === "" ? control.outcome : `${control.outcome} (${where})`;
}

function findingText(result: Result, section: Section, finding: Finding, layout: Layout): string {
  const waiver = waiverOf(result, section.id, finding);
  const word = paint(outcomeWord(finding.outcome), outcomeStyle(finding.outcome), layout.colour);
  const advisory = section.level === "advisory" ? " (advisory)" : "";
  const lines = [
    `  ${word}  ${plain(`${section.id}${advisory}  ${finding.subject}`)}`,
    labelled("expected", finding.expected, layout),
    labelled("observed", finding.observed, layout),
  ];
  if (finding.control !== undefined) {
    lines.push(labelled("control", controlText(finding.control), layout));
  }
  if (finding.remediation !== undefined) lines.push(labelled("fix", finding.remediation, layout));
  if (waiver !== undefined) {
    lines.push(labelled("waived", `until ${waiver.expires}: ${waiver.reason}`, layout));
  }
  for (const ref of finding.evidence) {
    const label = paint("evidence".padEnd(labelWidth), "dim", layout.colour);
    lines.push(`    ${label}  ${evidenceLine(ref, finding)}`);
  }
  return `${lines.join("\n")}\n`;
}

/** A section that ended so without a finding of that outcome: its reason is all there is. */
function sectionText(section: Section, layout: Layout): string {
  const word = paint(outcomeWord(section.outcome), outcomeStyle(section.outcome), layout.colour);
  return `  ${word}  ${plain(section.id)}\n${labelled("observed", section.reason, layout)}\n`;
}

function findingsText(
  result: Result,
  sections: readonly Section[],
  outcome: Outcome,
  title: string,
  layout: Layout,
): string {
  const texts = sections.flatMap((section) => {
    const found = section.findings.filter((finding) => finding.outcome === outcome);
    if (found.length > 0) {
      return found.map((finding) => findingText(result, section, finding, layout));
    }
    return section.outcome === outcome ? [sectionText(section, layout)] : [];
  });
  return texts.length === 0
    ? ""
    : `${heading(`${title} (${texts.length})`, layout)}${texts.join("\n")}`;
}

function notApplicableText(sections: readonly Section[], layout: Layout): string {
  const skipped = sections.filter((section) => section.outcome === "not-applicable");
  if (skipped.length === 0) return "";
  const indent = Math.max(...skipped.map((section) => section.id.length)) + 4;
  const lines = skipped.map((section) => {
    const reason = wrap(plain(section.reason), Math.max(24, layout.width - indent));
    return `  ${plain(section.id).padEnd(indent - 2)}${reason.join(`\n${" ".repeat(indent)}`)}`;
  });
  return `${heading("Not applicable", layout)}${lines.join("\n")}\n`;
}

function waiverLine(use: WaiverUse, layout: Layout): string {
  const { waiver } = use;
  const where = `${waiver.recommendation} ${waiver.subject}`;
  const covers =
    use.matches === 0
      ? "matches no finding"
      : `${use.matches} finding${use.matches === 1 ? "" : "s"}`;
  const text = use.expired
    ? `EXPIRED on ${waiver.expires}, no longer holds: ${where}: ${waiver.reason} (${covers})`
    : `until ${waiver.expires}: ${where}: ${waiver.reason} (${covers})`;
  const lines = wrap(plain(text), Math.max(24, layout.width - 2));
  return `  ${lines.map((line) => paint(line, use.expired ? "red" : undefined, layout.colour)).join("\n  ")}`;
}

function waiversText(result: Result, sections: readonly Section[], layout: Layout): string {
  const uses = waiverUses(result, sections);
  if (uses.length === 0) return "";
  const expired = uses.filter((use) => use.expired).length;
  const title = expired === 0 ? "Waivers" : `Waivers (${expired} EXPIRED)`;
  return `${heading(title, layout)}${uses.map((use) => waiverLine(use, layout)).join("\n")}\n`;
}

function observationsText(sections: readonly Section[], layout: Layout): string {
  const lines = sections.flatMap((section) =>
    section.observations.map((observation) =>
      wrap(
        plain(`${section.id} ${observation.subject}: ${observation.observed}`),
        Math.max(24, layout.width - 4),
      ).join("\n    "),
    ),
  );
  if (lines.length === 0) return "";
  return `${heading("Observations, which decide nothing", layout)}  ${lines.join("\n  ")}\n`;
}

/** The report for people, `report.txt`. */
export function renderText(result: Result, layout: Layout = page): string {
  const sections = sectionsOf(result);
  return [
    header(result, layout),
    "\n",
    renderTable(sections, sectionColumns, layout),
    findingsText(result, sections, "fail", "Failed", layout),
    findingsText(result, sections, "error", "Ended in error", layout),
    findingsText(result, sections, "inconclusive", "Inconclusive", layout),
    waiversText(result, sections, layout),
    notApplicableText(sections, layout),
    observationsText(sections, layout),
  ].join("");
}
