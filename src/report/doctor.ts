import { plain } from "./escape.ts";
import { type Layout, page, paint } from "./style.ts";
import { renderTable } from "./table.ts";

/** One thing a lab may need of this machine. */
export type DoctorRow = {
  readonly name: string;
  readonly ok: boolean;
  /** What is there: a version, a path, the kernel's answer. */
  readonly found: string;
  readonly neededFor: string;
  /** The command that mends it; absent when it is there, or when nothing can be done. */
  readonly fix?: string;
};

/** `lab doctor`: what this machine can do, then the commands for what is missing. */
export function renderDoctor(rows: readonly DoctorRow[], layout: Layout = page): string {
  const table = renderTable(
    rows,
    [
      {
        title: "",
        value: (row) => (row.ok ? "ok" : "MISSING"),
        style: (row) => (row.ok ? "green" : "red"),
      },
      { title: "what", value: (row) => row.name },
      { title: "found", value: (row) => row.found },
      { title: "needed for", value: (row) => row.neededFor, wraps: true },
    ],
    layout,
  );
  const missing = rows.filter((row) => !row.ok);
  if (missing.length === 0) return `${table}\neverything is there\n`;
  const fixes = missing.map(
    (row) => `  ${row.name}: ${row.fix ?? "nothing can be done about it on this machine"}`,
  );
  const title = paint(`Missing (${missing.length})`, "bold", layout.colour);
  return `${table}\n${title}\n${fixes.map(plain).join("\n")}\n`;
}
