// `npm test`: the vitest projects one after the other, or those that are named (`npm test -- unit`).
// `--check`: types, style, unused code, unit tests.
// The very last line is "N passed, N failed", which every continuous integration can read.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const project = dirname(dirname(fileURLToPath(import.meta.url)));
const bin = join(project, "node_modules/.bin");
const projects = ["unit", "integration", "e2e"];
const [first, ...others] = process.argv.slice(2);
const named = first === undefined ? projects : [first, ...others];
if (first !== "--check" && !named.every((name) => projects.includes(name))) {
  process.stderr.write(
    `there are no tests of ${named.join(" ")}; there are: ${projects.join(" ")}\n`,
  );
  process.exit(2);
}
const results = mkdtempSync(join(tmpdir(), "lab-test-"));

const count = { passed: 0, failed: 0, skipped: 0 };
try {
  if (first === "--check") {
    await step("types", "tsc", "--noEmit");
    await step("style", "biome", "check");
    await step("unused code", "knip");
    await tests("unit");
  } else {
    for (const name of named) await tests(name);
  }
} finally {
  rmSync(results, { recursive: true, force: true });
}
const none = count.passed + count.failed === 0;
process.exitCode = count.failed > 0 || none ? 1 : 0;
if (count.skipped > 0) process.stdout.write(`${count.skipped} tests were skipped\n`);
process.stdout.write(`${count.passed} passed, ${count.failed} failed\n`);

async function step(title, ...command) {
  process.stdout.write(`\n--- ${title}\n`);
  const code = await run(command);
  if (code === 0) count.passed++;
  else count.failed++;
  if (code !== 0) process.stdout.write(`${title}: failed (code ${code})\n`);
}

/** One vitest project. A file that cannot be loaded, an error outside a test and an empty project count as failures. */
async function tests(name) {
  process.stdout.write(`\n--- ${name} tests\n`);
  const file = join(results, `${name}.json`);
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${file}`];
  const code = await run(["vitest", "run", "--project", name, ...reporters]);
  const outcome = readOutcome(file);
  count.passed += outcome.passed;
  count.skipped += outcome.skipped;
  count.failed += outcome.failed > 0 || code === 0 ? outcome.failed : 1;
}

function readOutcome(file) {
  let json;
  try {
    json = JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
  const unloaded = json.testResults.filter(
    ({ status, assertionResults }) =>
      status === "failed" && !assertionResults.some((result) => result.status === "failed"),
  );
  return {
    passed: json.numPassedTests,
    failed: json.numFailedTests + unloaded.length,
    skipped: json.numPendingTests + json.numTodoTests,
  };
}

/** Programs come from node_modules/.bin, where a Node that runs the sources is too. */
async function run([command, ...args]) {
  // biome-ignore lint/style/noProcessEnv: a program that is started inherits all of it
  const inherited = process.env;
  const env = { ...inherited, PATH: `${bin}${delimiter}${inherited.PATH ?? ""}` };
  const child = spawn(join(bin, command), args, { cwd: project, env, stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => child.kill(signal));
  return await new Promise((resolve) => {
    child.once("error", (error) => {
      process.stdout.write(`${command}: ${error.message}\n`);
      resolve(1);
    });
    child.once("exit", (code, signal) => resolve(code ?? signal));
  });
}
