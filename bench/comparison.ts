/** One line of the table: what was measured, and whether the goal was met. Both raw figures come from one run. */
export type Comparison = {
  readonly what: string;
  /** `seconds` and `megabytes`: less is better; `per second`: more is better. */
  readonly unit: "s" | "/s" | "MB";
  readonly ours: number;
  readonly theirs: number;
  readonly rival: string;
  /** How many times better ours has to be; 0.5: at most twice as slow. */
  readonly goal: number;
};

/** A comparison that could not be made, and why; never counted as met. */
export type Missing = { readonly what: string; readonly why: string };

/** How many times better ours was. */
function ratioOf({ unit, ours, theirs }: Comparison): number {
  return unit === "/s" ? ours / theirs : theirs / ours;
}

export function isMet(comparison: Comparison): boolean {
  return ratioOf(comparison) >= comparison.goal;
}

function formatFigure(value: number, unit: string): string {
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return unit.startsWith("/")
    ? `${value.toFixed(digits)}${unit}`
    : `${value.toFixed(digits)} ${unit}`;
}

/** `3.00 x`, for goals and ratios alike. */
function formatRatio(ratio: number): string {
  return `${ratio.toFixed(2)} x`;
}

/** The line of one comparison, cell by cell. */
export function cellsOf(comparison: Comparison): readonly string[] {
  return [
    comparison.what,
    comparison.rival,
    formatFigure(comparison.ours, comparison.unit),
    formatFigure(comparison.theirs, comparison.unit),
    formatRatio(ratioOf(comparison)),
    formatRatio(comparison.goal),
    isMet(comparison) ? "met" : "MISSED",
  ];
}
