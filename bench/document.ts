import { readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg, release } from "node:os";
import { join, resolve } from "node:path";

const path = join(resolve(import.meta.dirname, ".."), "docs/benchmarks.md");
const begin = "<!-- written by `npm run bench -- --write` -->";
const end = "<!-- end of what is written -->";

/** What a figure is worth depends on these. */
export type Circumstances = { readonly load: readonly number[]; readonly date: string };

export function circumstances(): Circumstances {
  return { load: loadavg(), date: new Date().toISOString().slice(0, 10) };
}

/** Puts the table into docs/benchmarks.md, in place of the last one. */
export function writeDocument(
  titles: readonly string[],
  rows: readonly (readonly string[])[],
  before: Circumstances,
): void {
  const text = readFileSync(path, "utf8");
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from < 0 || to < from) throw new Error(`${path} has no place for the table`);
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  const table = [line(titles), line(titles.map(() => "---")), ...rows.map(line)];
  const written = [begin, "", describe(before), "", ...table, "", ""].join("\n");
  writeFileSync(path, `${text.slice(0, from)}${written}${text.slice(to)}`);
}

function describe({ load, date }: Circumstances): string {
  const after = loadavg()[0] ?? 0;
  const busy = Math.max(load[0] ?? 0, load[1] ?? 0) > 0.5;
  const state = busy
    ? `The machine was **not idle**: others kept its load average at ${fixed(load[0])} before the first and ${fixed(after)} after the last line, so the seconds are longer than they need be; the ratios, made of neighbouring runs, say more.`
    : `The machine was idle before (load average ${fixed(load[0])}).`;
  const [processor] = cpus();
  return `${date}, Node ${process.versions.node}, Linux ${release()}, ${availableParallelism()} processors (${processor?.model ?? "unknown"}). ${state}`;
}

const fixed = (value: number | undefined): string => (value ?? 0).toFixed(1);
