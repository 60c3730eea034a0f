import type { Finding, Outcome } from "../score/finding.ts";
import type { Result } from "../score/result.ts";
import { xml } from "./escape.ts";
import { evidenceLine } from "./evidence-line.ts";
import { type Section, sectionsOf, waiverText } from "./section.ts";

/** How a test runner's page shows an outcome. */
type Verdict = "passed" | "failure" | "error" | "skipped";

type TestCase = {
  readonly name: string;
  readonly verdict: Verdict;
  readonly type: string;
  readonly message: string;
  readonly details: readonly string[];
};

const verdicts: Readonly<Record<Outcome, Verdict>> = {
  pass: "passed",
  fail: "failure",
  error: "error",
  inconclusive: "error",
  "not-applicable": "skipped",
};

function details(finding: Finding): readonly string[] {
  return [
    `expected: ${finding.expected}`,
    `observed: ${finding.observed}`,
    ...(finding.control === undefined ? [] : [`control: ${finding.control.outcome}`]),
    ...(finding.remediation === undefined ? [] : [`fix: ${finding.remediation}`]),
    ...finding.evidence.map((ref) => `evidence: ${evidenceLine(ref, finding)}`),
  ];
}

function findingCase(section: Section, finding: Finding, name: string, strict: boolean): TestCase {
  const { waived } = finding;
  if (waived !== undefined) {
    const message = `waived until ${waived.expires}: ${waived.reason} (${finding.outcome}: ${finding.observed})`;
    return { name, verdict: "skipped", type: "waived", message, details: details(finding) };
  }
  const message = `expected ${finding.expected}; observed ${finding.observed}`;
  const advisory = section.level === "advisory" && finding.outcome === "fail" && !strict;
  return {
    name,
    verdict: advisory ? "passed" : verdicts[finding.outcome],
    type: finding.outcome,
    message,
    details: [...(advisory ? ["advisory, not met"] : []), ...details(finding)],
  };
}

/** Names within a suite are unique: a second finding on one subject gets `#2`. */
function uniqueNames(findings: readonly Finding[]): readonly string[] {
  const seen = new Map<string, number>();
  return findings.map(({ subject }) => {
    const count = (seen.get(subject) ?? 0) + 1;
    seen.set(subject, count);
    return count === 1 ? subject : `${subject} #${count}`;
  });
}

function casesOf(section: Section, strict: boolean): readonly TestCase[] {
  if (section.findings.length === 0) {
    const verdict = verdicts[section.outcome];
    return [
      { name: section.id, verdict, type: section.outcome, message: section.reason, details: [] },
    ];
  }
  const names = uniqueNames(section.findings);
  return section.findings.map((finding, index) =>
    findingCase(section, finding, names[index] ?? finding.subject, strict),
  );
}

function renderCase(section: Section, test: TestCase): string {
  const open = `    <testcase classname="${xml(section.id)}" name="${xml(test.name)}">`;
  const body = test.details.map((line) => xml(line)).join("\n");
  const output = body === "" ? "" : `\n      <system-out>${body}</system-out>`;
  if (test.verdict === "passed") return `${open}${output}${output && "\n    "}</testcase>`;
  const attributes = `message="${xml(test.message)}"`;
  const verdict =
    test.verdict === "skipped"
      ? `<skipped ${attributes}/>`
      : `<${test.verdict} type="${xml(test.type)}" ${attributes}>${body}</${test.verdict}>`;
  const rest = test.verdict === "skipped" ? output : "";
  return `${open}\n      ${verdict}${rest}\n    </testcase>`;
}

function totals(cases: readonly TestCase[]): string {
  const count = (verdict: Verdict): number =>
    cases.filter((test) => test.verdict === verdict).length;
  return `tests="${cases.length}" failures="${count("failure")}" errors="${count("error")}" skipped="${count("skipped")}"`;
}

function waiverProperties({ waivers }: Result): string {
  return waivers
    .map((waiver) => {
      const name = `waiver ${waiver.recommendation} ${waiver.subject}`;
      return `      <property name="${xml(name)}" value="${xml(waiverText(waiver))}"/>\n`;
    })
    .join("");
}

/**
 * JUnit XML with passes and totals: a suite per recommendation, a case per finding; score, coverage and waivers are
 * properties of the first suite, since the format has none for all. Failed advisory recommendations are
 * failures only with `strict`; `error` and `inconclusive` are both errors, so that neither can be taken for a pass.
 */
export function renderJunit(result: Result, options: { readonly strict?: boolean } = {}): string {
  const sections = sectionsOf(result);
  const suites = sections.map((section) => ({
    section,
    cases: casesOf(section, options.strict ?? false),
  }));
  const waivers = waiverProperties(result);
  const properties = [
    "    <properties>\n",
    `      <property name="score" value="${xml(String(result.score))}"/>\n`,
    `      <property name="coverage" value="${result.coverage.assessed}/${result.coverage.applicable}"/>\n`,
    `      <property name="topology" value="${xml(result.topologyDigest)}"/>\n`,
    waivers,
    "    </properties>\n",
  ].join("");
  const body = suites.map(({ section, cases }, index) => {
    const attributes = `name="${xml(section.id)}" ${totals(cases)} timestamp="${xml(result.startedAt)}"`;
    const inside = cases.map((test) => `${renderCase(section, test)}\n`).join("");
    return `  <testsuite ${attributes}>\n${index === 0 ? properties : ""}${inside}  </testsuite>\n`;
  });
  const all = suites.flatMap(({ cases }) => cases);
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="${xml(result.lab)}" ${totals(all)}>\n${body.join("")}</testsuites>\n`;
}
