import type { Outcome } from "../score/finding.ts";

export type Style = "bold" | "dim" | "red" | "green" | "yellow" | "magenta" | "cyan";

/** How text for people is laid out. */
export type Layout = {
  /** Columns of the terminal or page. */
  readonly width: number;
  /** True only for a terminal. */
  readonly colour: boolean;
};

/** Without a terminal: a page of 100 columns, no colours. */
export const page: Layout = { width: 100, colour: false };

/** ECMA-48 Select Graphic Rendition parameters. */
const codes: Readonly<Record<Style, number>> = {
  bold: 1,
  dim: 2,
  red: 31,
  green: 32,
  yellow: 33,
  magenta: 35,
  cyan: 36,
};

export function paint(text: string, style: Style | undefined, colour: boolean): string {
  return colour && style !== undefined && text !== ""
    ? `\u001b[${codes[style]}m${text}\u001b[0m`
    : text;
}

const outcomeStyles: Readonly<Record<Outcome, Style>> = {
  pass: "green",
  fail: "red",
  inconclusive: "yellow",
  error: "magenta",
  "not-applicable": "dim",
};

export function outcomeStyle(outcome: Outcome): Style {
  return outcomeStyles[outcome];
}

/** Upper case for what needs a reader's eye, so that it stands out without colours too. */
export function outcomeWord(outcome: Outcome): string {
  return outcome === "fail" || outcome === "error" ? outcome.toUpperCase() : outcome;
}
