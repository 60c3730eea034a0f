import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** What a part of the campaign found: a table, and whether all of it is as it should be. */
export type PartResult = {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
  /** What went wrong, a line each. */
  readonly faults: readonly string[];
};

export const project: string = join(import.meta.dirname, "../..");

const head = `# The last campaign

What \`npm run campaign\` found, each part when it last ran. A part is run alone with \`npm run campaign -- PART\`.
`;

/** Puts the section of a part in place of the one that was there. */
export function record(part: string, result: PartResult, seconds: number): void {
  const path = join(project, "docs/campaign.md");
  const sections = sectionsOf(path);
  sections.set(part, sectionText(part, result, seconds));
  const names = [...sections.keys()].sort();
  writeFileSync(path, [head, ...names.map((name) => sections.get(name) ?? "")].join("\n"));
}

function sectionsOf(path: string): Map<string, string> {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    return new Map();
  }
  const pieces = text.split(/^(?=## )/m).slice(1);
  return new Map(
    pieces.map((piece) => [/^## (\S+)/.exec(piece)?.[1] ?? "", `${piece.trimEnd()}\n`]),
  );
}

function sectionText(part: string, result: PartResult, seconds: number): string {
  const { title, columns, rows, faults } = result;
  const line = (cells: readonly (string | number)[]): string => `| ${cells.join(" | ")} |`;
  const verdict = faults.length === 0 ? "As it should be." : `**${faults.length} faults:**`;
  return [
    `## ${part}`,
    "",
    `${title}. ${new Date().toISOString().slice(0, 16).replace("T", " ")} UTC, commit ${commit()}, ${Math.round(seconds)} s.`,
    "",
    line(columns),
    line(columns.map(() => "---")),
    ...rows.map(line),
    "",
    verdict,
    ...(faults.length === 0
      ? []
      : ["", ...faults.slice(0, 20).map((fault) => `- ${fault.replaceAll("\n", " ")}`)]),
    "",
  ].join("\n");
}

function commit(): string {
  const git = (...words: readonly string[]): string =>
    execFileSync("git", words, { cwd: project, encoding: "utf8" }).trim();
  const isChanged = git("status", "--porcelain", "--untracked-files=no") !== "";
  return `${git("rev-parse", "--short", "HEAD")}${isChanged ? " with changes" : ""}`;
}
