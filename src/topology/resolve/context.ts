import type { Path } from "../diagnostic.ts";
import { suggestion } from "../did-you-mean.ts";

/** What every step of resolving gets: where to report faults. */
export type Context = {
  report(path: Path, message: string, at?: "key" | "value"): void;
  /** Names in parts that were refused already: a reference to one of them is not reported again. */
  readonly lost: ReadonlySet<string>;
  /** From here on `name` is one of them. */
  lose(name: string): void;
  /** Notes where in the file a resolved object comes from. */
  mark(object: object, path: Path): void;
  /** The place noted; the root where there is none. */
  pathOf(object: object): Path;
  /** `line:column` of a value. */
  position(path: Path): string;
};

/** What `name` stands for in `table`, or a fault at `path` that says which `what` there are. */
export function lookUp<T>(
  context: Context,
  path: Path,
  what: string,
  name: string,
  table: ReadonlyMap<string, T>,
): T | undefined {
  const found = table.get(name);
  if (found === undefined && !context.lost.has(name)) {
    context.report(path, `unknown ${what} "${name}"; ${suggestion(name, [...table.keys()])}`);
  }
  return found;
}

/** The value of `parse`, or a fault at `path` with its words. */
export function parsed<T>(context: Context, path: Path, parse: () => T): T | undefined {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    context.report(path, error.message);
    return undefined;
  }
}
