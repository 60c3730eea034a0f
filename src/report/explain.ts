import { plain } from "./escape.ts";
import { type Layout, page, paint } from "./style.ts";
import { wrap } from "./table.ts";

/** What the catalogue says of one recommendation. */
export type CatalogueEntry = {
  readonly id: string;
  readonly title: string;
  /** Of the draft: `2.5`. */
  readonly section: string;
  readonly level: "required" | "advisory";
  readonly remediation: string;
  readonly aliases: readonly string[];
  /** When it applies, one clause. */
  readonly condition?: string;
  /** False: the wording was not compared with the final publication. */
  readonly verified?: boolean;
  /** How the lab tries it, a sentence each. */
  readonly tries?: readonly string[];
  /** What a pass does not show. */
  readonly limits?: readonly string[];
};

/** `lab explain ID`. */
export function renderExplanation(entry: CatalogueEntry, layout: Layout = page): string {
  const indent = 14;
  const row = (label: string, text: string): string => {
    const lines = wrap(plain(text), Math.max(24, layout.width - indent));
    const name = paint(label.padEnd(indent), "dim", layout.colour);
    return `${name}${lines.join(`\n${" ".repeat(indent)}`)}`;
  };
  const rows = (label: string, texts: readonly string[] | undefined): readonly string[] =>
    (texts ?? []).map((text, index) => row(index === 0 ? label : "", text));
  const source = `NIST SP 800-125B, draft of 2015-09-28, section ${entry.section}`;
  return `${[
    paint(plain(`${entry.id}  ${entry.title}`), "bold", layout.colour),
    "",
    row("level", entry.level),
    row(
      "source",
      entry.verified === true ? source : `${source}; not compared with the final publication`,
    ),
    ...(entry.condition === undefined ? [] : [row("applies to", entry.condition)]),
    ...rows("tried by", entry.tries),
    ...rows("not shown", entry.limits),
    row("remedy", entry.remediation),
    ...(entry.aliases.length === 0 ? [] : [row("also called", entry.aliases.join(", "))]),
  ].join("\n")}\n`;
}
