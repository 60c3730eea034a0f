// The dependency rules hold for the sources, and each rule can fail: a small project with one violation of each is
// cruised with the same rules. An analyser that cannot read the sources sees no modules and finds nothing wrong, so
// their number counts too.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { cruise } from "dependency-cruiser";

const project = dirname(dirname(fileURLToPath(import.meta.url)));
const { default: rules } = await import("../.dependency-cruiser.mjs");
const fewestModules = 100;

const good = (name) => `export const ${name} = 1;\n`;
const uses = (path) => `import { a } from "${path}";\nexport const bad = a;\n`;

/** Files that break no rule by themselves. */
const ground = {
  "package.json":
    '{"type":"module","dependencies":{"execa":"*"},"devDependencies":{"fast-check":"*"}}',
  "src/units/a.ts": good("a"),
  "src/machine/a.ts": uses("../units/a.ts").replace("bad", "a1") + good("a").replace("a =", "b ="),
  "src/apply/a.ts": uses("../units/a.ts"),
  "src/capture/a.ts": uses("../units/a.ts"),
  "src/cli/lab.ts": uses("../units/a.ts"),
  "src/agents/ven/main.ts": uses("../../units/a.ts"),
  "checks/vm-fw-r1.ts":
    'import type { Check } from "../src/score/check.ts";\nexport type One = Check;\n',
  "src/score/check.ts": 'import { a } from "../units/a.ts";\nexport type Check = typeof a;\n',
  "src/units/bad6.ts": uses("./bad5.ts"),
  "test/unit/a.ts": uses("../../src/units/a.ts"),
};

/** The rule, the file that breaks it, and how. */
const planted = [
  ["plan-imports-earlier-stages-only", "src/plan/bad1.ts", uses("../apply/a.ts")],
  ["topology-imports-earlier-stages-only", "src/topology/bad1.ts", uses("../machine/a.ts")],
  ["report-imports-earlier-stages-only", "src/report/bad1.ts", uses("../capture/a.ts")],
  ["trial-imports-earlier-stages-only", "src/trial/bad1.ts", uses("../capture/a.ts")],
  ["pure-stages-do-not-touch-a-machine", "src/evidence/bad1.ts", uses("../machine/a.ts")],
  ["only-machine-touches-the-system", "src/capture/bad1.ts", uses("node:fs")],
  ["only-machine-touches-the-system", "src/plan/bad2.ts", uses("node:child_process")],
  ["only-machine-touches-the-system", "src/traffic/bad1.ts", uses("execa")],
  ["checks-use-the-check-api-only", "checks/vm-fw-r2.ts", uses("../src/machine/a.ts")],
  ["checks-do-not-import-each-other", "checks/vm-fw-r3.ts", uses("./vm-fw-r1.ts")],
  ["a-check-implements-Check", "checks/vm-fw-r4.ts", uses("../src/units/a.ts")],
  ["agents-are-separate-programs", "src/agents/pce/bad1.ts", uses("../../apply/a.ts")],
  ["agents-are-separate-programs", "src/agents/pce/bad2.ts", uses("../ven/main.ts")],
  ["nothing-imports-the-cli", "src/score/bad1.ts", uses("../cli/lab.ts")],
  ["no-orphans", "src/units/bad1.ts", good("alone")],
  ["no-dev-dependency-in-production", "src/units/bad2.ts", uses("fast-check")],
  ["no-unresolvable", "src/units/bad3.ts", uses("./nowhere.ts")],
  ["no-test-code-in-production", "src/units/bad4.ts", uses("../../test/unit/a.ts")],
  ["no-cycles", "src/units/bad5.ts", uses("./bad6.ts")],
];

const faults = [...(await faultsOfProject()), ...(await faultsOfRules())];
for (const fault of faults) process.stdout.write(`${fault}\n`);
process.exitCode = faults.length === 0 ? 0 : 1;

async function faultsOfProject() {
  const { summary } = await cruised(project);
  const few = summary.totalCruised < fewestModules;
  process.stdout.write(`${summary.totalCruised} modules read, ${planted.length} planted faults\n`);
  return [
    ...(few
      ? [`only ${summary.totalCruised} modules were read: can the analyser read TypeScript?`]
      : []),
    ...summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} -> ${to}`),
  ];
}

async function faultsOfRules() {
  const directory = mkdtempSync(join(tmpdir(), "lab-rules-"));
  try {
    symlinkSync(join(project, "node_modules"), join(directory, "node_modules"));
    writeFileSync(join(directory, "tsconfig.json"), readFileSync(join(project, "tsconfig.json")));
    for (const [path, text] of [
      ...Object.entries(ground),
      ...planted.map(([, path, text]) => [path, text]),
    ]) {
      mkdirSync(dirname(join(directory, path)), { recursive: true });
      writeFileSync(join(directory, path), text);
    }
    const { summary } = await cruised(directory);
    const found = (rule, path) =>
      summary.violations.some(({ rule: { name }, from }) => name === rule && from === path);
    const missed = planted.filter(([rule, path]) => !found(rule, path));
    const innocent = summary.violations.filter(({ from }) => from in ground);
    return [
      ...missed.map(([rule, path]) => `${rule} does not notice the fault planted in ${path}`),
      ...innocent.map(({ rule, from }) => `${rule.name} blames ${from}, which is right`),
    ];
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function cruised(baseDir) {
  const options = {
    ...rules.options,
    baseDir,
    validate: true,
    ruleSet: { forbidden: rules.forbidden, required: rules.required },
  };
  const folders = ["src", "checks", "defects", "test"];
  const here = process.cwd();
  process.chdir(baseDir);
  try {
    const { output } = await cruise(
      folders.filter((name) => existsSync(name)),
      { ...options, doNotFollow: { path: "node_modules" } },
    );
    return output;
  } finally {
    process.chdir(here);
  }
}
