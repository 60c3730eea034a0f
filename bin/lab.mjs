#!/usr/bin/env node
// The sources are TypeScript and run as they are, which needs Node 24. An older Node hands over to the one that came
// with the packages.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import module from "node:module";
import { constants } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const project = dirname(dirname(fileURLToPath(import.meta.url)));
const program = join(project, "src/cli/lab.ts");
const node = join(project, "node_modules/.bin/node");

if (Number.parseInt(process.versions.node, 10) >= 24) {
  // Sources without their types, compiled, as the last command left them: most of what a start costs.
  module.enableCompileCache(join(project, "node_modules/.cache/lab/compiled"));
  await import(program);
} else if (existsSync(node)) {
  handOver();
} else {
  process.stderr.write("lab: its packages are missing\n  fix: run `node bin/setup.mjs`\n");
  process.exitCode = 4;
}

function handOver() {
  const self = fileURLToPath(import.meta.url);
  const child = spawn(node, [self, ...process.argv.slice(2)], { stdio: "inherit" });
  // A terminal sends Ctrl-C to both of us; anything else reaches only this process and is passed on.
  const byTerminal = process.stdin.isTTY || process.stderr.isTTY;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"]) {
    process.on(signal, () => {
      if (signal !== "SIGINT" || !byTerminal) child.kill(signal);
    });
  }
  child.on("error", (error) => {
    process.stderr.write(`lab: cannot start ${node}: ${error.message}\n`);
    process.exitCode = 4;
  });
  child.on("exit", (code, signal) => {
    process.exitCode = code ?? 128 + (constants.signals[signal] ?? 0);
  });
}
