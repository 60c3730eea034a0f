import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
// @ts-expect-error: a configuration file in plain JavaScript, without types
import config from "../../.dependency-cruiser.mjs";

const root = resolve(import.meta.dirname, "../..");
const folders = ["src", "checks", "defects", "bench", "test"] as const;
/** The stages that have rules, also one that has no file yet, and the folders that there are. */
const ruled = (config as { readonly forbidden: readonly { readonly name: string }[] }).forbidden
  .map(({ name }) => /^(.+)-imports-earlier-stages-only$/.exec(name)?.[1])
  .filter((stage) => stage !== undefined);
const present = (await readdir(join(root, "src"))).filter((name) => name !== "agents");
const stages = [...new Set([...ruled, ...present])];

type Cruise = {
  readonly modules: readonly { readonly source: string }[];
  readonly summary: {
    readonly totalCruised: number;
    readonly violations: readonly { readonly from: string; readonly rule: { name: string } }[];
  };
};

/** Runs dependency-cruiser over a tree. Its exit code is the number of errors, so only its output is used. */
async function cruise(tree: string): Promise<Cruise> {
  const program = join(root, "node_modules/dependency-cruiser/bin/dependency-cruise.mjs");
  const options = ["--config", ".dependency-cruiser.mjs", "--output-type", "json", ...folders];
  const stdout = await promisify(execFile)(process.execPath, [program, ...options], {
    cwd: tree,
    maxBuffer: 64 << 20,
  }).then(
    (done) => done.stdout,
    (failed: { readonly stdout: string }) => failed.stdout,
  );
  return JSON.parse(stdout) as Cruise;
}

async function sourcesOf(tree: string): Promise<readonly string[]> {
  const lists = await Promise.all(
    folders.map(async (folder) =>
      (await readdir(join(tree, folder), { recursive: true }))
        .filter((name) => name.endsWith(".ts"))
        .map((name) => `${folder}/${name}`),
    ),
  );
  return lists.flat();
}

/** A violation to plant: the file, what it imports, and the rule that must name it. */
type Plant = { readonly file: string; readonly rule: string; readonly text: string };

const importing = (path: string): string =>
  `import * as imported from "${path}";\nexport const held: unknown = imported;\n`;

function plant(rule: string, file: string, path: string): Plant {
  return { rule, file, text: importing(path) };
}

/** `report` is late: nothing may import it but the command line. `apply` stands for it where report itself is meant. */
const stagePlants = stages
  .filter((stage) => stage !== "cli")
  .map((stage) => {
    const target = stage === "report" ? "apply" : "report";
    const rule = `${stage}-imports-earlier-stages-only`;
    return plant(rule, `src/${stage}/planted-stage.ts`, `../${target}/planted-target.ts`);
  });

const plants: readonly Plant[] = [
  ...stagePlants,
  plant("every-file-has-a-stage", "src/cli/planted-folder.ts", "../helpers/planted-target.ts"),
  plant(
    "plan-imports-earlier-stages-only",
    "src/plan/planted-checks.ts",
    "../../checks/planted.ts",
  ),
  plant(
    "topology-imports-earlier-stages-only",
    "src/topology/planted-run.ts",
    "../machine/planted-target.ts",
  ),
  plant(
    "pure-stages-do-not-touch-a-machine",
    "src/evidence/planted-run.ts",
    "../machine/planted-target.ts",
  ),
  ...["node:fs", "node:child_process", "node:net", "os", "esbuild", "koffi"].map((module, index) =>
    plant("only-machine-touches-the-system", `src/capture/planted-system-${index}.ts`, module),
  ),
  plant("only-machine-touches-the-system", "defects/planted-fs.ts", "node:fs/promises"),
  plant(
    "checks-use-the-check-api-only",
    "checks/planted-api.ts",
    "../src/machine/planted-target.ts",
  ),
  plant("checks-use-the-check-api-only", "defects/planted-api.ts", "../src/plan/planted-target.ts"),
  plant("checks-do-not-import-each-other", "checks/planted-other.ts", "./planted.ts"),
  plant("defects-do-not-import-each-other", "defects/planted-other.ts", "./planted.ts"),
  plant("checks-and-defects-are-strangers", "checks/planted-defect.ts", "../defects/planted.ts"),
  plant("a-check-implements-Check", "checks/vm-fw-r99.ts", "../src/trial/planted-target.ts"),
  plant(
    "agents-are-separate-programs",
    "src/agents/planted/plan.ts",
    "../../plan/planted-target.ts",
  ),
  plant("agents-are-separate-programs", "src/agents/planted/other.ts", "../planted-too/main.ts"),
  plant("nothing-imports-the-cli", "src/score/planted-cli.ts", "../cli/planted-target.ts"),
  plant("nothing-imports-the-cli", "bench/planted-cli.ts", "../src/cli/planted-target.ts"),
  plant("no-test-code-in-production", "src/units/planted-test.ts", "../../test/planted.ts"),
  plant("no-test-code-in-production", "checks/planted-bench.ts", "../bench/planted.ts"),
  plant("no-dev-dependency-in-production", "src/units/planted-dev.ts", "fast-check"),
  plant("no-unresolvable", "src/units/planted-nowhere.ts", "./nowhere.ts"),
  plant("no-cycles", "src/units/planted-cycle-back.ts", "./planted-cycle.ts"),
  { rule: "no-orphans", file: "src/units/planted-orphan.ts", text: "export const x = 1;\n" },
];

/** Files that break no rule themselves, for the planted ones to import. */
const targets = [
  ...stages.map((stage) => `src/${stage}/planted-target.ts`),
  "src/helpers/planted-target.ts",
  "src/agents/planted-too/main.ts",
  ...["checks", "defects", "bench", "test"].map((folder) => `${folder}/planted.ts`),
];

let tree = "";

beforeAll(async () => {
  tree = await mkdtemp(join(tmpdir(), "lab-architecture-"));
  for (const name of [
    ...folders,
    "docs",
    "package.json",
    "tsconfig.json",
    ".dependency-cruiser.mjs",
  ]) {
    await cp(join(root, name), join(tree, name), { recursive: true });
  }
  await symlink(join(root, "node_modules"), join(tree, "node_modules"));
  const write = async (file: string, text: string): Promise<void> => {
    await mkdir(dirname(join(tree, file)), { recursive: true });
    await writeFile(join(tree, file), text, { flag: "wx" });
  };
  await write("src/units/planted-cycle.ts", importing("./planted-cycle-back.ts"));
  for (const file of targets) await write(file, "export const target = 1;\n");
  for (const { file, text } of plants) await write(file, text);
}, 60_000);

afterAll(async () => {
  await rm(tree, { recursive: true, force: true });
});

test("the tree keeps its rules, and every source file was looked at", {
  timeout: 60_000,
}, async () => {
  const { modules, summary } = await cruise(root);
  const seen = new Set(modules.map(({ source }) => source));
  const sources = await sourcesOf(root);
  expect(sources.filter((source) => !seen.has(source))).toEqual([]);
  expect(summary.totalCruised).toBeGreaterThan(150);
  expect(summary.violations.map(({ from, rule }) => `${from}: ${rule.name}`)).toEqual([]);
});

test("every rule catches the violations planted for it", { timeout: 60_000 }, async () => {
  const { summary } = await cruise(tree);
  const caught = new Set(summary.violations.map(({ from, rule }) => `${rule.name}: ${from}`));
  const missed = plants
    .map(({ rule, file }) => `${rule}: ${file}`)
    .filter((planted) => !caught.has(planted));
  expect(missed).toEqual([]);
});

/** Whether the generated parts of docs/ say what the code of a tree says. */
async function docsAreCurrent(of: string): Promise<boolean> {
  return await promisify(execFile)(process.execPath, [
    join(of, "docs/generate.mjs"),
    "--check",
  ]).then(
    () => true,
    () => false,
  );
}

test("the generated parts of docs/ are current; those of a changed tree are not", {
  timeout: 60_000,
}, async () => {
  const [changed, current] = await Promise.all([docsAreCurrent(tree), docsAreCurrent(root)]);
  expect(changed).toBe(false);
  expect(current, "run: node docs/generate.mjs").toBe(true);
});

test("every rule has a planted violation", () => {
  const { forbidden, required } = config as Record<string, readonly { readonly name: string }[]>;
  const rules = [...(forbidden ?? []), ...(required ?? [])].map(({ name }) => name);
  expect(rules.length).toBeGreaterThan(25);
  const planted = new Set(plants.map(({ rule }) => rule));
  expect(rules.filter((rule) => !planted.has(rule))).toEqual([]);
});
