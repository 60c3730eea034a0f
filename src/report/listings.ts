import { type Layout, page } from "./style.ts";
import { type Column, renderTable } from "./table.ts";

/** One operation of `lab plan`. */
export type PlanRow = {
  readonly machine: string;
  /** Position in the machine's list, from 1. */
  readonly step: number;
  readonly node: string;
  readonly operation: string;
  readonly detail: string;
};

/** One lab of `lab ps`. */
export type LabRow = {
  readonly lab: string;
  readonly state: string;
  readonly machines: readonly string[];
  readonly nodes: number;
  readonly since: string;
  readonly file: string;
};

/** One port or process of `lab inspect`. */
export type NodeRow = {
  readonly node: string;
  readonly kind: string;
  readonly part: string;
  readonly state: string;
  readonly detail: string;
};

function listing<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  layout: Layout,
  empty: string,
): string {
  return rows.length === 0 ? `${empty}\n` : renderTable(rows, columns, layout);
}

/** `lab plan`; its `--json` twin is the plan itself. */
export function renderPlan(rows: readonly PlanRow[], layout: Layout = page): string {
  return listing(
    rows,
    [
      { title: "machine", value: (row) => row.machine },
      { title: "step", value: (row) => String(row.step), align: "right" },
      { title: "node", value: (row) => row.node },
      { title: "operation", value: (row) => row.operation },
      { title: "detail", value: (row) => row.detail, wraps: true },
    ],
    layout,
    "nothing to do",
  );
}

/** `lab ps`. */
export function renderLabs(rows: readonly LabRow[], layout: Layout = page): string {
  return listing(
    rows,
    [
      { title: "lab", value: (row) => row.lab },
      { title: "state", value: (row) => row.state },
      { title: "machines", value: (row) => row.machines.join(", ") },
      { title: "nodes", value: (row) => String(row.nodes), align: "right" },
      { title: "since", value: (row) => row.since },
      { title: "file", value: (row) => row.file, wraps: true },
    ],
    layout,
    "no lab is up",
  );
}

/** `lab inspect LAB`. */
export function renderNodes(rows: readonly NodeRow[], layout: Layout = page): string {
  return listing(
    rows,
    [
      { title: "node", value: (row) => row.node },
      { title: "kind", value: (row) => row.kind },
      { title: "part", value: (row) => row.part },
      { title: "state", value: (row) => row.state },
      { title: "detail", value: (row) => row.detail, wraps: true },
    ],
    layout,
    "the lab has no nodes",
  );
}
