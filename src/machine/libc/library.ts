import koffi from "koffi";

/** What can be handed to a C function: integers, pointers (as memory we own or an address), text, or null. */
type Argument = number | bigint | string | Uint8Array | null;

/** A C function that returns an integer. */
export type NativeCall = (...values: readonly Argument[]) => number;

type Library = ReturnType<typeof koffi.load>;

const libraries = new Map<string, Library>();

/** Loads a shared library on first use, once per process. */
export function library(file: string): Library {
  const known = libraries.get(file);
  if (known !== undefined) {
    return known;
  }
  const loaded = koffi.load(file);
  libraries.set(file, loaded);
  return loaded;
}

/**
 * Binds a function of libc, at its first call: importing a binding costs nothing.
 *
 * `parameters` are koffi's names of C types. Results wider than 53 bits do not occur in the calls bound here.
 */
export function libcFunction(
  name: string,
  parameters: readonly string[],
  result: "int" | "int64" = "int",
): NativeCall {
  let bound: ((...values: readonly Argument[]) => number) | undefined;
  return (...values) => {
    bound ??= library("libc.so.6").func(name, result, [...parameters]);
    return bound(...values);
  };
}

/** The `errno` that the last native call of this thread left. */
export function lastErrno(): number {
  return koffi.errno();
}
