import { parseArgs } from "node:util";
import { LabError } from "../units/lab-error.ts";
import type { Call, Command } from "./command.ts";
import { loadCommand, loadCommands } from "./commands.ts";
import { InterruptedError, makeContext, usageError } from "./context.ts";
import { helpText } from "./help.ts";

const common = {
  json: { type: "boolean" },
  quiet: { type: "boolean", short: "q" },
  help: { type: "boolean", short: "h" },
} as const;

// Who reads our output may have seen enough of it, as `| head` does.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});
process.exitCode = await main(process.argv.slice(2));

async function main(words: readonly string[]): Promise<number> {
  try {
    return await dispatch(words);
  } catch (error) {
    return report(error);
  }
}

async function dispatch([name, ...words]: readonly string[]): Promise<number> {
  if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    process.stdout.write(helpText(await loadCommands(), words[0]));
    return name === undefined ? 2 : 0;
  }
  const command = await loadCommand(name);
  if (command === undefined) {
    throw usageError(`there is no command "${name}"`, "--help lists the commands");
  }
  const { values, call } = parseCall(command, words);
  if (values["help"] === true) {
    process.stdout.write(helpText([command], name));
    return 0;
  }
  const context = makeContext({ json: values["json"] === true, quiet: values["quiet"] === true });
  return await command.run(context, call);
}

function parseCall(
  command: Command,
  words: readonly string[],
): { readonly values: Readonly<Record<string, unknown>>; readonly call: Call } {
  const end = words.indexOf("--");
  const own = end < 0 ? words : words.slice(0, end);
  const rest = end < 0 ? [] : words.slice(end + 1);
  try {
    const { values, positionals } = parseArgs({
      args: [...own],
      options: { ...command.options, ...common },
      allowPositionals: true,
      strict: true,
    });
    const given: Readonly<Record<string, unknown>> = values;
    return { values: given, call: callOf(given, positionals, rest) };
  } catch (error) {
    throw usageError((error as Error).message, command.usage);
  }
}

function callOf(
  values: Readonly<Record<string, unknown>>,
  positionals: readonly string[],
  rest: readonly string[],
): Call {
  return {
    positionals,
    rest,
    text: (option) => (typeof values[option] === "string" ? values[option] : undefined),
    texts: (option) => (Array.isArray(values[option]) ? (values[option] as string[]) : []),
    flag: (option) => values[option] === true,
  };
}

function report(error: unknown): number {
  if (error instanceof InterruptedError) return 130;
  if (error instanceof LabError) {
    process.stderr.write(`lab: ${error.message}\n  fix: ${error.fix}\n  code: ${error.code}\n`);
    return error.exitCode;
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const parts = error instanceof AggregateError ? error.errors.map((part) => `\n  ${part}`) : [];
  process.stderr.write(`lab: this is a fault of lab itself: ${text}${parts.join("")}\n`);
  return 4;
}
