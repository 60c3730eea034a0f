import type { Finding, Outcome } from "../score/finding.ts";
import type { Result } from "../score/result.ts";
import { plain } from "./escape.ts";
import { evidenceLine } from "./evidence-line.ts";
import { type Section, sectionsOf, waiverText } from "./section.ts";
import { type Layout, outcomeStyle, outcomeWord, page, paint } from "./style.ts";
import { type Column, renderTable, wrap } from "./table.ts";

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

/** The score of required recommendations with its coverage, and the one of advisory ones where there is one. */
function scoreText(result: Result): string {
  const advisory =
    result.advisoryScore === null ? "" : `; advisory ${formatScore(result.advisoryScore)}`;
  return `${formatScore(result.score)}; coverage: ${formatCoverage(result)}${advisory}`;
}

function heading(text: string, layout: Layout): string {
  return `\n${paint(text, "bold", layout.colour)}\n`;
}

/** `guest1 (qemu), Linux 6.1.0`, of whatever the document says about a machine. */
function machineText(machine: unknown): string {
  const { name, kind, kernel } = Object(machine) as Readonly<Record<string, unknown>>;
  const what = name === kind || kind === undefined ? `${name}` : `${name} (${kind})`;
  return kernel === undefined ? what : `${what}, ${kernel}`;
}

function header(result: Result, layout: Layout): string {
  const machines = result.machines.map(machineText).join("; ");
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
    row("score", scoreText(result)),
  ];
  return `${lines.join("\n")}\n`;
}

const sectionColumns: readonly Column<Section>[] = [
  { title: "recommendation", value: (section) => section.id },
  { title: "level", value: (section) => section.level },
  {
    title: "outcome",
    value: (section) => outcomeWord(section.outcome) + (section.waived ? " (waived)" : ""),
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

function findingText(section: Section, finding: Finding, layout: Layout): string {
  const { waived } = finding;
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
  if (waived !== undefined) {
    lines.push(labelled("waived", `until ${waived.expires}: ${waived.reason}`, layout));
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
  sections: readonly Section[],
  outcome: Outcome,
  title: string,
  layout: Layout,
): string {
  const texts = sections.flatMap((section) => {
    const found = section.findings.filter((finding) => finding.outcome === outcome);
    if (found.length > 0) {
      return found.map((finding) => findingText(section, finding, layout));
    }
    return section.outcome === outcome ? [sectionText(section, layout)] : [];
  });
  return texts.length === 0
    ? ""
    : `${heading(`${title} (${texts.length})`, layout)}${texts.join("\n")}`;
}

function waiverLine(waiver: Result["waivers"][number], layout: Layout): string {
  const text = plain(`${waiver.recommendation} ${waiver.subject} ${waiverText(waiver)}`);
  const style = waiver.state === "expired" ? "red" : undefined;
  const lines = wrap(text, Math.max(24, layout.width - 4));
  return `  ${lines.map((line) => paint(line, style, layout.colour)).join("\n    ")}`;
}

function waiversText({ waivers }: Result, layout: Layout): string {
  if (waivers.length === 0) return "";
  const expired = waivers.filter(({ state }) => state === "expired").length;
  const title = expired === 0 ? "Waivers" : `Waivers (${expired} EXPIRED)`;
  const lines = waivers.map((waiver) => waiverLine(waiver, layout));
  return `${heading(title, layout)}${lines.join("\n")}\n`;
}

/** Where an outcome is not what the topology file says of it. */
function unexpectedText({ unexpected }: Result, layout: Layout): string {
  if (unexpected.length === 0) return "";
  const lines = unexpected.map(
    ({ id, expected, outcome }) => `  ${plain(`${id}: expected ${expected}, is ${outcome}`)}`,
  );
  return `${heading("Not as the topology file expects", layout)}${lines.join("\n")}\n`;
}

/** Names with a reason each, grouped by reason where many share one. */
function reasonsText(
  title: string,
  items: readonly { readonly id: string; readonly reason: string }[],
  layout: Layout,
): string {
  if (items.length === 0) return "";
  const reasons = [...new Set(items.map(({ reason }) => reason))];
  const lines = reasons.map((reason) => {
    const ids = items.filter((item) => item.reason === reason).map(({ id }) => id);
    const text = plain(`${ids.join(", ")}: ${reason}`);
    return `  ${wrap(text, Math.max(24, layout.width - 4)).join("\n    ")}`;
  });
  return `${heading(title, layout)}${lines.join("\n")}\n`;
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
    findingsText(sections, "fail", "Failed", layout),
    findingsText(sections, "error", "Ended in error", layout),
    findingsText(sections, "inconclusive", "Inconclusive", layout),
    unexpectedText(result, layout),
    waiversText(result, layout),
    reasonsText(
      "Not applicable",
      sections.filter(({ outcome }) => outcome === "not-applicable"),
      layout,
    ),
    reasonsText("Not tried", result.notTried, layout),
    observationsText(sections, layout),
  ].join("");
}
