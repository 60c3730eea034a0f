import type { Outcome } from "../score/finding.ts";
import { plain } from "./escape.ts";
import { type Layout, page, paint, type Style } from "./style.ts";
import { type Column, renderTable, wrap } from "./table.ts";

/** A drill: the outcomes without any defect, then one row for each defect that was applied. */
export type Drill = {
  readonly lab: string;
  readonly startedAt: string;
  /** Outcome of each recommendation (and of `reachability`) before the first defect, in the order of the columns. */
  readonly baseline: Readonly<Record<string, Outcome>>;
  readonly rows: readonly DrillRow[];
};

export type DrillRow = {
  readonly defect: string;
  readonly breaks: readonly string[];
  readonly alsoAffects: readonly { readonly recommendation: string; readonly why: string }[];
  /** Only what was assessed under this defect. */
  readonly outcomes: Readonly<Record<string, Outcome>>;
  /** Why the row is worth nothing: the change could not be applied, read back or taken back. */
  readonly error?: string;
};

/** What the defect says must happen to a recommendation. */
type ExpectedEffect = "breaks" | "alsoAffects" | "none";

type MatrixCell = {
  readonly recommendation: string;
  readonly expected: ExpectedEffect;
  readonly before: Outcome | "absent";
  /** Absent: not assessed under this defect. */
  readonly observed: Outcome | "absent";
  /** `untried` is neither agreement nor disagreement. */
  readonly agreement: "agrees" | "differs" | "untried";
};

type MatrixRow = {
  readonly defect: string;
  readonly cells: readonly MatrixCell[];
  readonly agrees: boolean;
  readonly error?: string;
};

export type Matrix = {
  readonly lab: string;
  readonly startedAt: string;
  readonly recommendations: readonly string[];
  readonly rows: readonly MatrixRow[];
  /** Sentences of `alsoAffects`, for the foot of the table. */
  readonly notes: readonly {
    readonly defect: string;
    readonly recommendation: string;
    readonly why: string;
  }[];
  readonly agrees: boolean;
};

function expectedEffect(row: DrillRow, recommendation: string): ExpectedEffect {
  if (row.breaks.includes(recommendation)) return "breaks";
  return row.alsoAffects.some((other) => other.recommendation === recommendation)
    ? "alsoAffects"
    : "none";
}

/**
 * `breaks` must be `fail` and must not have been so before; `alsoAffects` must have changed; everything else must have
 * kept its outcome, and `inconclusive` counts as a change.
 */
function agrees(expected: ExpectedEffect, before: string, observed: Outcome): boolean {
  if (expected === "breaks") return observed === "fail" && before !== "fail";
  return expected === "alsoAffects" ? observed !== before : observed === before;
}

function matrixCell(drill: Drill, row: DrillRow, recommendation: string): MatrixCell {
  const expected = expectedEffect(row, recommendation);
  const before = drill.baseline[recommendation] ?? "absent";
  const observed = row.outcomes[recommendation];
  if (observed === undefined) {
    return { recommendation, expected, before, observed: "absent", agreement: "untried" };
  }
  const agreement = agrees(expected, before, observed) ? "agrees" : "differs";
  return { recommendation, expected, before, observed, agreement };
}

function matrixRow(drill: Drill, row: DrillRow, recommendations: readonly string[]): MatrixRow {
  const cells = recommendations.map((recommendation) => matrixCell(drill, row, recommendation));
  // A defect whose own recommendation was not assessed has shown nothing, so it does not agree.
  const broke = cells.every((cell) => cell.expected !== "breaks" || cell.agreement === "agrees");
  return {
    defect: row.defect,
    cells,
    agrees: row.error === undefined && broke && cells.every((cell) => cell.agreement !== "differs"),
    ...(row.error === undefined ? {} : { error: row.error }),
  };
}

/** Expected against observed, for every defect and recommendation. */
export function drillMatrix(drill: Drill): Matrix {
  const named = drill.rows.flatMap((row) => [
    ...row.breaks,
    ...row.alsoAffects.map((other) => other.recommendation),
    ...Object.keys(row.outcomes),
  ]);
  const recommendations = [...new Set([...Object.keys(drill.baseline), ...named])];
  const rows = drill.rows.map((row) => matrixRow(drill, row, recommendations));
  return {
    lab: drill.lab,
    startedAt: drill.startedAt,
    recommendations,
    rows,
    notes: drill.rows.flatMap((row) =>
      row.alsoAffects.map(({ recommendation, why }) => ({
        defect: row.defect,
        recommendation,
        why,
      })),
    ),
    agrees: rows.length > 0 && rows.every((row) => row.agrees),
  };
}

const words: Readonly<Record<Outcome | "absent", string>> = {
  pass: "pass",
  fail: "FAIL",
  inconclusive: "incon",
  error: "ERROR",
  "not-applicable": "n/a",
  absent: "·",
};

const effects: Readonly<Record<ExpectedEffect, string>> = {
  breaks: "*",
  alsoAffects: "~",
  none: "",
};

function cellText(cell: MatrixCell): string {
  const mark = cell.agreement === "differs" ? " !!" : "";
  return `${words[cell.observed]}${effects[cell.expected]}${mark}`;
}

function cellStyle(cell: MatrixCell | undefined): Style | undefined {
  if (cell === undefined || cell.agreement === "untried") return "dim";
  if (cell.agreement === "differs") return "red";
  return cell.expected === "none" ? undefined : "green";
}

/** `untried`: nothing differs, but what the defect breaks was not assessed, so it has shown nothing. */
function rowVerdict(row: MatrixRow): string {
  if (row.error !== undefined) return "ERROR";
  if (row.agrees) return "agrees";
  return row.cells.some((cell) => cell.agreement === "differs") ? "DIFFERS" : "untried";
}

/** The matrix for people; the legend below it says what the marks mean. */
export function renderMatrix(matrix: Matrix, layout: Layout = page): string {
  const columns: readonly Column<MatrixRow>[] = [
    { title: "defect", value: (row) => row.defect },
    ...matrix.recommendations.map((id, index): Column<MatrixRow> => {
      const cell = (row: MatrixRow): MatrixCell | undefined => row.cells[index];
      return {
        title: id,
        value: (row) => {
          const found = cell(row);
          return found === undefined ? "" : cellText(found);
        },
        style: (row) => cellStyle(cell(row)),
      };
    }),
    {
      title: "verdict",
      value: rowVerdict,
      style: (row) => (row.agrees ? "green" : "red"),
    },
  ];
  const agreeing = matrix.rows.filter((row) => row.agrees).length;
  const errors = matrix.rows
    .filter((row) => row.error !== undefined)
    .map((row) => `${row.defect}: ${row.error}`);
  const notes = matrix.notes.map((note) => `~ ${note.defect}, ${note.recommendation}: ${note.why}`);
  const legend = [
    "* the defect breaks this one: it must fail",
    "~ the defect also affects this one: it must change",
    "· not assessed under this defect",
    "!! not what the defect says",
    ...notes,
    ...errors,
  ].flatMap((line) => wrap(plain(line), Math.max(40, layout.width)));
  const summary = `${agreeing} of ${matrix.rows.length} defects changed exactly what they say`;
  return [
    plain(`${matrix.lab}: defects against recommendations, ${matrix.startedAt}`),
    "\n\n",
    renderTable(matrix.rows, columns, layout),
    `\n${legend.join("\n")}\n\n`,
    `${paint(summary, matrix.agrees ? "green" : "red", layout.colour)}\n`,
  ].join("");
}
