import type { Command } from "./command.ts";

/** The list of commands, or one command's usage. */
export function helpText(commands: readonly Command[], name: string | undefined): string {
  const one = commands.find((command) => command.name === name);
  if (one !== undefined) {
    const options = Object.keys(one.options).map((option) => `--${option}`);
    const all = [...options, "--json", "--quiet", "--help"].join(" ");
    return `usage: lab ${one.usage}\n\n${one.summary}\n\noptions: ${all}\n`;
  }
  const width = Math.max(...commands.map(({ usage }) => Math.min(usage.length, 44)));
  const lines = commands.map(({ usage, summary }) =>
    usage.length > width
      ? `  ${usage}\n  ${" ".repeat(width)}  ${summary}`
      : `  ${usage.padEnd(width)}  ${summary}`,
  );
  return [
    "lab: a testbed for the security of virtual networks",
    "",
    "usage: lab COMMAND ...",
    "",
    ...lines,
    "",
    "A FILE has a slash or ends in .yml; a LAB is the name of one that is up. Every table has --json.",
    "Exit codes: 0 passed, 1 failed, 2 bad input, 3 inconclusive or nothing assessed, 4 error, 130 interrupted.",
    "",
  ].join("\n");
}
