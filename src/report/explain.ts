import type { CatalogueEntry } from "../score/catalogue.ts";
import { plain } from "./escape.ts";
import { type Layout, page, paint } from "./style.ts";
import { wrap } from "./table.ts";

/** Names of one recommendation elsewhere; none may be taken for settled that was not compared. */
function aliasText({ aliases }: CatalogueEntry): string {
  return aliases
    .map(({ id, verified }) => (verified ? id : `${id} (not compared with the final publication)`))
    .join(", ");
}

/** `lab explain ID`. */
export function renderExplanation(entry: CatalogueEntry, layout: Layout = page): string {
  const indent = 14;
  const row = (label: string, text: string): readonly string[] => {
    if (text === "") return [];
    const lines = wrap(plain(text), Math.max(24, layout.width - indent));
    const name = paint(label.padEnd(indent), "dim", layout.colour);
    return [`${name}${lines.join(`\n${" ".repeat(indent)}`)}`];
  };
  const { sp800_53r5, supporting, pciDss4 } = entry.mapping;
  return `${[
    paint(plain(`${entry.id}  ${entry.title}`), "bold", layout.colour),
    "",
    ...row("level", entry.level),
    ...row("source", `NIST SP 800-125B, draft of 2015-09-28, section ${entry.section}`),
    ...row("applies to", entry.condition),
    ...row("remedy", entry.remediation),
    ...row("also called", aliasText(entry)),
    ...row("SP 800-53 r5", sp800_53r5.join(", ")),
    ...row("supporting", supporting.join(", ")),
    ...row("PCI DSS 4", pciDss4.join(", ")),
    ...row("", "The mapping to other standards is this project's own reading."),
  ].join("\n")}\n`;
}
