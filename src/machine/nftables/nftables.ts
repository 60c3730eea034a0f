import { selectLimit } from "../libc/descriptors.ts";
import { closeFile, openFile, openFlags } from "../libc/files.ts";
import { library } from "../libc/library.ts";
import { inNamespace } from "../netns/enter.ts";
import type { Namespace } from "../netns/handles.ts";
import { NftError } from "./nft-error.ts";

const jsonOutput = 1 << 4;
const stateless = 1 << 2;

type Context = unknown;
type Binding = {
  readonly create: (flags: number) => Context;
  readonly free: (context: Context) => void;
  readonly run: (context: Context, commands: string) => number;
  readonly bufferOutput: (context: Context) => number;
  readonly bufferErrors: (context: Context) => number;
  readonly output: (context: Context) => string | null;
  readonly errors: (context: Context) => string | null;
  readonly setFlags: (context: Context, flags: number) => void;
};

let binding: Binding | undefined;

function libnftables(): Binding {
  if (binding === undefined) {
    const nft = library("libnftables.so.1");
    binding = {
      create: nft.func("nft_ctx_new", "void *", ["uint32"]),
      free: nft.func("nft_ctx_free", "void", ["void *"]),
      run: nft.func("nft_run_cmd_from_buffer", "int", ["void *", "str"]),
      bufferOutput: nft.func("nft_ctx_buffer_output", "int", ["void *"]),
      bufferErrors: nft.func("nft_ctx_buffer_error", "int", ["void *"]),
      output: nft.func("nft_ctx_get_output_buffer", "str", ["void *"]),
      errors: nft.func("nft_ctx_get_error_buffer", "str", ["void *"]),
      setFlags: nft.func("nft_ctx_output_set_flags", "void", ["void *", "uint"]),
    };
  }
  return binding;
}

/**
 * Applies rules in the language of nft(8) to a namespace, all of them or none.
 *
 * To replace what is there, begin the text with `flush ruleset` or `table ...; delete table ...`: it is one transaction.
 * @throws NftError with libnftables' message.
 */
export function applyRules(namespace: Namespace, rules: string): void {
  runCommands(namespace, rules, 0);
}

/** The rule set of a namespace as nft(8) prints it, without counters and other state: equal rules give equal text. */
export function listRules(namespace: Namespace): string {
  return runCommands(namespace, "list ruleset", stateless);
}

/** The rule set of a namespace, with counters, in the form of libnftables-json(5). */
export function readRules(namespace: Namespace): readonly Readonly<Record<string, unknown>>[] {
  const text = runCommands(namespace, "list ruleset", jsonOutput);
  const { nftables } = JSON.parse(text) as { nftables: Record<string, unknown>[] };
  return nftables.filter((entry) => !("metainfo" in entry));
}

/** Runs commands within one namespace; the netlink socket of a context belongs to where the context was made. */
function runCommands(namespace: Namespace, commands: string, outputFlags: number): string {
  const nft = libnftables();
  requireLowDescriptor();
  return inNamespace(namespace, () => {
    const context = nft.create(0);
    try {
      nft.bufferOutput(context);
      nft.bufferErrors(context);
      nft.setFlags(context, outputFlags);
      const failed = nft.run(context, commands) !== 0;
      if (failed) {
        throw new NftError(nft.errors(context) ?? "libnftables gave no reason");
      }
      return nft.output(context) ?? "";
    } finally {
      nft.free(context);
    }
  });
}

/** A context takes the lowest free descriptor. @throws RangeError when that is one libnftables would abort over. */
function requireLowDescriptor(): void {
  const probe = openFile("/dev/null", openFlags.readOnly);
  closeFile(probe);
  if (probe >= selectLimit) {
    throw new RangeError(
      `${probe} descriptors are open: libnftables needs one below ${selectLimit}`,
    );
  }
}
