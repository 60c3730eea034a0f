/** Keys and indices from the root of a topology file to one value: `["links", 0, "mtu"]`. */
export type Path = readonly (string | number)[];

/** One fault of a topology file. */
export type Diagnostic = {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  /** Dotted path of the key or value; empty for the file as a whole. */
  readonly path: string;
  /** What is wrong; what is allowed. */
  readonly message: string;
};

/** `file:line:column: path: message`. */
export function formatDiagnostic(diagnostic: Diagnostic): string {
  const { file, line, column, path, message } = diagnostic;
  return `${file}:${line}:${column}: ${path === "" ? "" : `${path}: `}${message}`;
}

/** Sorted by position, each fault once. */
export function sortDiagnostics(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const unique = new Map(diagnostics.map((entry) => [formatDiagnostic(entry), entry]));
  return [...unique.values()].sort(
    (a, b) => a.line - b.line || a.column - b.column || (a.message < b.message ? -1 : 1),
  );
}
