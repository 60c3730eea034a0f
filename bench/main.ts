import { renderTable } from "../src/report/table.ts";
import { compareBringUp } from "./bring-up.ts";
import { type Comparison, cellsOf, isMet, type Missing } from "./comparison.ts";
import { compareConversations } from "./conversations.ts";
import { circumstances, writeDocument } from "./document.ts";
import { defaultGenerator } from "./generated-recording.ts";
import { compareMainJob, compareStart } from "./main-job.ts";
import { compareProbes } from "./probes.ts";
import { compareSightings } from "./sightings.ts";

type Row = Comparison | Missing;
const recording = { generator: defaultGenerator, megabytes: 1000 };

/**
 * `npm run bench [NAME...] [-- --write]`: the lab beside other tools, whole processes, on this machine. Each compares what
 * came out before it compares times, and both raw figures of a line come from one run. Exits with 1 unless every goal is
 * met; `--write` puts the table into docs/benchmarks.md.
 */
const benchmarks: Readonly<Record<string, () => Promise<readonly Row[]>>> = {
  start: compareStart,
  "main-job": compareMainJob,
  probes: compareProbes,
  "bring-up-100": () => compareBringUp(100, { up: 3, down: 8 }),
  "bring-up-1000": () => compareBringUp(1000, { up: 5, down: 20 }),
  conversations: () => compareConversations(recording),
  sightings: () => compareSightings(recording),
};

async function attempt(name: string): Promise<readonly Row[]> {
  process.stderr.write(`${name} ...\n`);
  try {
    return (await benchmarks[name]?.()) ?? [{ what: name, why: "there is no such benchmark" }];
  } catch (error) {
    return [{ what: name, why: error instanceof Error ? error.message : String(error) }];
  }
}

function isComparison(row: Row): row is Comparison {
  return "goal" in row;
}

const asked = process.argv.slice(2).filter((word) => word !== "--write");
const before = circumstances();
const rows: Row[] = [];
for (const name of asked.length > 0 ? asked : Object.keys(benchmarks)) {
  rows.push(...(await attempt(name)));
}
const titles = ["what", "against", "ours", "theirs", "ratio", "goal", "verdict"] as const;
const lines = rows.map((row) =>
  isComparison(row) ? cellsOf(row) : [row.what, "-", "-", "-", "-", "-", `NOT RUN: ${row.why}`],
);
const table = renderTable(
  lines,
  titles.map((title, index) => ({
    title,
    value: (cells: readonly string[]) => cells[index] ?? "",
    align: index >= 2 && index <= 5 ? ("right" as const) : ("left" as const),
    wraps: title === "verdict",
  })),
  { width: process.stdout.columns ?? 120, colour: false },
);
process.stdout.write(table);
if (process.argv.includes("--write")) writeDocument(titles, lines, before);
process.exitCode = rows.every((row) => isComparison(row) && isMet(row)) ? 0 : 1;
