import type { ParseArgsOptionsConfig } from "node:util";
import type { Context } from "./context.ts";

/** A word of the command line. */
export type Command = {
  readonly name: string;
  /** After `lab`: `up FILE [--repair]`. */
  readonly usage: string;
  readonly summary: string;
  /** Beside `--json`, `--quiet` and `--help`, which every command takes. */
  readonly options: ParseArgsOptionsConfig;
  /** Returns the exit code (contract 1). @throws LabError, which says its own. */
  readonly run: (context: Context, call: Call) => Promise<number>;
};

/** What a command was called with. */
export type Call = {
  readonly positionals: readonly string[];
  /** What stood after `--`. */
  readonly rest: readonly string[];
  readonly text: (option: string) => string | undefined;
  readonly texts: (option: string) => readonly string[];
  readonly flag: (option: string) => boolean;
};
