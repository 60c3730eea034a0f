import { plain } from "./escape.ts";
import { type Layout, paint, type Style } from "./style.ts";

export type Column<Row> = {
  readonly title: string;
  readonly value: (row: Row) => string;
  readonly align?: "left" | "right";
  readonly style?: (row: Row) => Style | undefined;
  /** Takes what the others leave, and wraps in it; at most one column of a table. */
  readonly wraps?: boolean;
};

const gap = "  ";
/** A wrapping column is never narrower, even when the line then is longer than the layout asks for. */
const narrowest = 24;

/** Columns a text takes: code points, East Asian wide ones twice, combining marks not at all. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const character of text) {
    if (/\p{Mark}/u.test(character)) continue;
    width += /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\uff00-\uff60]/.test(character)
      ? 2
      : 1;
  }
  return width;
}

function breakWord(word: string, width: number): readonly string[] {
  const pieces: string[] = [];
  let piece = "";
  for (const character of word) {
    if (displayWidth(piece + character) > width) {
      pieces.push(piece);
      piece = "";
    }
    piece += character;
  }
  return piece === "" ? pieces : [...pieces, piece];
}

/** Lines of at most `width` columns, broken between words, inside a word only where it is longer than a line. */
export function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ").flatMap((part) => breakWord(part, width))) {
    if (line !== "" && displayWidth(line) + 1 + displayWidth(word) > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}

function pad(text: string, width: number, align: "left" | "right"): string {
  const space = " ".repeat(Math.max(0, width - displayWidth(text)));
  return align === "right" ? space + text : text + space;
}

function columnWidths<Row>(
  columns: readonly Column<Row>[],
  cells: readonly (readonly string[])[],
  layout: Layout,
): readonly number[] {
  const widths = columns.map((column, index) =>
    Math.max(displayWidth(column.title), ...cells.map((row) => displayWidth(row[index] ?? ""))),
  );
  const wrapping = columns.findIndex((column) => column.wraps === true);
  if (wrapping < 0) return widths;
  const others = widths.reduce((sum, width, index) => (index === wrapping ? sum : sum + width), 0);
  const left = layout.width - others - gap.length * (columns.length - 1);
  return widths.map((width, index) =>
    index === wrapping ? Math.max(Math.min(width, left), Math.min(width, narrowest)) : width,
  );
}

/** A table with a heading line; every line ends in a line feed and has no spaces before it. */
export function renderTable<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  layout: Layout,
): string {
  const cells = rows.map((row) => columns.map((column) => plain(column.value(row))));
  const widths = columnWidths(columns, cells, layout);
  const line = (texts: readonly string[], style: (index: number) => Style | undefined): string => {
    const blocks = texts.map((text, index) => wrap(text, Math.max(1, widths[index] ?? 1)));
    const height = Math.max(...blocks.map((block) => block.length));
    return Array.from({ length: height }, (_, at) =>
      blocks
        .map((block, index) => {
          const padded = pad(block[at] ?? "", widths[index] ?? 0, columns[index]?.align ?? "left");
          const text = index === columns.length - 1 ? padded.trimEnd() : padded;
          return paint(text, style(index), layout.colour);
        })
        .join(gap)
        .trimEnd(),
    ).join("\n");
  };
  const heading = line(
    columns.map((column) => column.title.toUpperCase()),
    () => "bold",
  );
  const body = rows.map((row, index) =>
    line(cells[index] ?? [], (column) => columns[column]?.style?.(row)),
  );
  return `${[heading, ...body].join("\n")}\n`;
}
