import { type Diagnostic, type Path, sortDiagnostics } from "./diagnostic.ts";
import { refusals } from "./refuse/refusals.ts";
import type { Context } from "./resolve/context.ts";
import { resolveTopology } from "./resolve/resolve.ts";
import { checkSchema } from "./source/schema-check.ts";
import { readYaml, type YamlSource } from "./source/yaml-source.ts";
import type { Topology } from "./topology.ts";
import type { WrittenTopology } from "./written.ts";

export type ParseResult =
  | { readonly topology: Topology }
  | { readonly diagnostics: readonly Diagnostic[] };

/**
 * A topology file's text as a `Topology`, or all its faults in the order of the file. Never throws: whatever the text
 * is, the answer is one of the two.
 *
 * @param fileName stands in front of every fault.
 */
export function parseTopology(text: string, fileName: string): ParseResult {
  const source = readYaml(text, fileName);
  if (source.value === null || source.value === undefined) {
    const empty = source.diagnose([], "the file holds no topology; begin with name: NAME");
    return { diagnostics: source.faults.length === 0 ? [empty] : source.faults };
  }
  const shape = checkSchema(source);
  // What follows a syntax error may have been misread or lost, so only faults before it are worth a word.
  const legible = (fault: Diagnostic): boolean => !isAfterBreak(source, fault);
  const diagnostics = [...source.faults, ...shape.faults.filter(legible)];
  if (shape.value === undefined) return { diagnostics: sortDiagnostics(diagnostics) };
  const meant = mean(source, shape.value, shape.lost);
  if (source.brokenAt === Number.POSITIVE_INFINITY) diagnostics.push(...meant.faults);
  if (diagnostics.length === 0) return { topology: meant.topology };
  return { diagnostics: sortDiagnostics(diagnostics) };
}

function isAfterBreak(source: YamlSource, fault: Diagnostic): boolean {
  const first = source.faults[0];
  return (
    source.brokenAt !== Number.POSITIVE_INFINITY && first !== undefined && fault.line >= first.line
  );
}

function mean(
  source: YamlSource,
  written: WrittenTopology,
  lostToSchema: ReadonlySet<string>,
): { readonly topology: Topology; readonly faults: readonly Diagnostic[] } {
  const faults: Diagnostic[] = [];
  const lost = new Set(lostToSchema);
  const places = new WeakMap<object, Path>();
  const context: Context = {
    report: (path, message, at) => faults.push(source.diagnose(path, message, at)),
    lost,
    lose: (name) => lost.add(name),
    mark: (object, path) => places.set(object, path),
    pathOf: (object) => places.get(object) ?? [],
    position: (path) => {
      const { line, column } = source.diagnose(path, "");
      return `${line}:${column}`;
    },
  };
  const topology = resolveTopology(context, written);
  refusals(context, written, topology);
  return { topology, faults };
}
