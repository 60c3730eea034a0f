// Writes the generated parts of docs/: the graph of stages in architecture.md, the table of errors in errors.md.
// `node docs/generate.mjs` writes them, `--check` only compares and exits with 1 when one is stale.
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const project = dirname(dirname(fileURLToPath(import.meta.url)));
const fewestModules = 150;

/** Imports between the folders of the tree, `Map(from, Set(to))`. */
function importsBetweenStages() {
  const program = join(project, "node_modules/dependency-cruiser/bin/dependency-cruise.mjs");
  const options = ["--config", ".dependency-cruiser.mjs", "--output-type", "json"];
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [program, ...options, "src", "checks", "defects"],
    { cwd: project, encoding: "utf8", maxBuffer: 64 << 20 },
  );
  if (!stdout.startsWith("{")) throw new Error(`dependency-cruiser: ${stderr}`);
  const { modules, summary } = JSON.parse(stdout);
  if (summary.totalCruised < fewestModules) {
    throw new Error(`only ${summary.totalCruised} modules were read: can the analyser read TypeScript?`);
  }
  const imports = new Map();
  for (const { source, dependencies } of modules) {
    const from = stageOf(source);
    if (from === undefined) continue;
    if (!imports.has(from)) imports.set(from, new Set());
    for (const { resolved } of dependencies) {
      const to = stageOf(resolved);
      if (to !== undefined && to !== from) imports.get(from).add(to);
    }
  }
  return new Map([...imports].sort(([left], [right]) => (left < right ? -1 : 1)));
}

/** The stage of a file: `src/plan/x.ts` is of `plan`, `checks/x.ts` of `checks`. */
function stageOf(path) {
  const [top, second, third] = path.split("/");
  if (top === "checks" || top === "defects") return top;
  if (top !== "src" || third === undefined) return undefined;
  return second === "agents" ? "agents" : second;
}

function reaches(imports, from, to, seen = new Set()) {
  for (const next of imports.get(from) ?? []) {
    if (next === to) return true;
    if (seen.has(next)) continue;
    seen.add(next);
    if (reaches(imports, next, to, seen)) return true;
  }
  return false;
}

/** Without the arrows that longer ways imply: what is left can be read. */
function reduced(imports) {
  const arrows = [];
  for (const [from, targets] of imports) {
    for (const to of [...targets].sort()) {
      const others = [...targets].filter((other) => other !== to);
      if (!others.some((other) => reaches(imports, other, to))) arrows.push([from, to]);
    }
  }
  return arrows;
}

function stageGraph() {
  const imports = importsBetweenStages();
  const nodes = [...imports.keys()].map((name) => `  ${name}`);
  const arrows = reduced(imports).map(([from, to]) => `  ${from} --> ${to}`);
  const rows = [...imports].map(
    ([from, targets]) => `| \`${from}\` | ${[...targets].sort().join(", ") || "nothing"} |`,
  );
  return [
    "```mermaid",
    "flowchart BT",
    ...nodes,
    ...arrows,
    "```",
    "",
    "| stage | imports today |",
    "|---|---|",
    ...rows,
  ].join("\n");
}

function sourceFiles(folder) {
  return readdirSync(join(project, folder), { recursive: true })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => join(folder, name))
    .sort();
}

/** The text of a string or template, with `${}` written as `<name>`. */
function textOf(node) {
  if (node === undefined) return "";
  if (ts.isStringLiteralLike(node)) return node.text;
  if (ts.isTemplateExpression(node)) {
    const spans = node.templateSpans.map(
      (span) => `<${placeholder(span.expression)}>${span.literal.text}`,
    );
    return node.head.text + spans.join("");
  }
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken) {
    return textOf(node.left) + textOf(node.right);
  }
  if (ts.isConditionalExpression(node)) {
    return `${textOf(node.whenTrue)} / ${textOf(node.whenFalse)}`;
  }
  return `<${placeholder(node)}>`;
}

function placeholder(expression) {
  return expression.getText().length <= 24 ? expression.getText().replaceAll("\n", " ") : "...";
}

function property(object, name) {
  if (object === undefined || !ts.isObjectLiteralExpression(object)) return undefined;
  const found = object.properties.find((each) => each.name?.getText() === name);
  return found !== undefined && ts.isPropertyAssignment(found) ? found.initializer : undefined;
}

/** Every `LAB_E_` code of the sources, with each message and fix that goes with it. */
function errorsOf(path) {
  const text = readFileSync(join(project, path), "utf8");
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const found = [];
  const visit = (node) => {
    if (ts.isStringLiteral(node) && /^LAB_E_[A-Z0-9_]+$/.test(node.text)) {
      const parent = node.parent;
      const isError = ts.isNewExpression(parent) && parent.arguments?.[0] === node;
      const [, message, options] = isError ? parent.arguments : [];
      found.push({
        code: node.text,
        path: relative(".", path),
        message: textOf(message),
        fix: textOf(property(options, "fix")),
        exitCode: property(options, "exitCode")?.getText() ?? (isError ? "4" : ""),
      });
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

function cell(text) {
  return text.replaceAll("|", "\\|").replaceAll("<", "&lt;").replaceAll("\n", " ");
}

function errorTable() {
  const errors = ["src", "checks", "defects"].flatMap(sourceFiles).flatMap(errorsOf);
  const codes = [...new Set(errors.map(({ code }) => code))].sort();
  return codes
    .map((code) => {
      const uses = errors.filter((error) => error.code === code);
      const rows = uses
        .filter(({ message }) => message !== "")
        .map(
          ({ message, fix, exitCode, path }) =>
            `| ${cell(message)} | ${cell(fix)} | ${exitCode} | \`${path}\` |`,
        );
      const where = [...new Set(uses.map(({ path }) => `\`${path}\``))].join(", ");
      const table = ["| message | fix | exit code | where |", "|---|---|---|---|", ...new Set(rows)];
      return `## ${code}\n\n${rows.length > 0 ? table.join("\n") : `Made in ${where}.`}`;
    })
    .join("\n\n");
}

/** Replaces what is between the markers of a file. */
function regenerate(path, name, content) {
  const begin = `<!-- generated: ${name} -->`;
  const end = `<!-- end: ${name} -->`;
  const text = readFileSync(join(project, path), "utf8");
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from < 0 || to < from) throw new Error(`${path} has no place for ${name}`);
  const fresh = `${text.slice(0, from + begin.length)}\n${content}\n${text.slice(to)}`;
  if (fresh === text) return true;
  if (!process.argv.includes("--check")) {
    writeFileSync(join(project, path), fresh);
    process.stdout.write(`${path}: ${name} written\n`);
    return true;
  }
  process.stdout.write(`${path}: ${name} is stale; run: node docs/generate.mjs\n`);
  return false;
}

const current = [
  regenerate("docs/architecture.md", "stages", stageGraph()),
  regenerate("docs/errors.md", "errors", errorTable()),
];
process.exitCode = current.every(Boolean) ? 0 : 1;
