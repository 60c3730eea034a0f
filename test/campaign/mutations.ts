import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { planTopology } from "../../src/plan/plan-topology.ts";
import { parseTopology } from "../../src/topology/parse.ts";
import { LabError } from "../../src/units/lab-error.ts";
import type { Budget } from "./budget.ts";
import { type PartResult, project } from "./record.ts";

/** Inputs that are nearly right: packets through the fuzz tests of the unit tests, topology files here. */
export async function mutations(budget: Budget): Promise<PartResult> {
  const packets = budget.small ? 4000 : 400_000;
  const faults: string[] = [];
  budget.say(`${packets} mutated recordings a case`);
  const fuzz = packetFuzz(packets, budget.seed);
  if (fuzz !== undefined) faults.push(fuzz);
  const files = topologyTexts();
  const counts = { right: 0, refused: 0 };
  const wanted = budget.small ? 300 : budget.rounds(20_000);
  for (let round = 0; round < wanted && !budget.isOver(); round++) {
    if (round % 1000 === 0) budget.say(`mutated topology ${round} of ${wanted}`);
    const text = mutated(files[Math.floor(budget.random() * files.length)] ?? "", files, budget);
    try {
      counts[tryTopology(text)] += 1;
    } catch (error) {
      faults.push(`${String(error)} from ${JSON.stringify(text.slice(0, 200))} (round ${round})`);
    }
  }
  const tried = counts.right + counts.refused;
  return {
    title: `Mutated inputs (seed ${budget.seed}): nothing but a diagnostic may come of them`,
    columns: ["input", "tried", "still right", "refused", "faults"],
    rows: [
      ["recordings", packets, "-", "-", fuzz === undefined ? 0 : 1],
      [
        "topology files",
        tried,
        counts.right,
        counts.refused,
        faults.length - (fuzz === undefined ? 0 : 1),
      ],
    ],
    faults,
  };
}

function packetFuzz(rounds: number, seed: number): string | undefined {
  // biome-ignore lint/style/noProcessEnv: a program that is started inherits all of it
  const inherited = process.env;
  const bin = join(project, "node_modules/.bin");
  const { status, stdout, stderr } = spawnSync(
    join(bin, "vitest"),
    ["run", "--project", "unit", "test/unit/packet/mutation.test.ts", "--testTimeout", "14400000"],
    {
      cwd: project,
      encoding: "utf8",
      env: {
        ...inherited,
        PATH: `${bin}${delimiter}${inherited["PATH"] ?? ""}`,
        LAB_MUTATIONS: String(rounds),
        LAB_SEED: String(seed),
      },
    },
  );
  return status === 0
    ? undefined
    : `packet fuzz ended with ${status}: ${(stdout + stderr).slice(-600)}`;
}

/** Files that are right. */
function topologyTexts(): readonly string[] {
  return ["topologies", "test/e2e/outside", "test/golden/errors"].flatMap((folder) =>
    readdirSync(join(project, folder))
      .filter((name) => (folder.endsWith("errors") ? /\.ok\.yml$/ : /^[^.]+\.yml$/).test(name))
      .map((name) => readFileSync(join(project, folder, name), "utf8")),
  );
}

/** What is right is planned too; everything thrown but a `LabError` is a fault. */
function tryTopology(text: string): "right" | "refused" {
  const parsed = parseTopology(text, "mutated.yml");
  if (!("topology" in parsed)) return "refused";
  try {
    planTopology(parsed.topology);
    return "right";
  } catch (error) {
    if (error instanceof LabError) return "refused";
    throw error;
  }
}

const pieces = [
  "{",
  "}",
  "[",
  "]",
  ":",
  ",",
  "-",
  "&a",
  "*a",
  "<<",
  '"',
  "\t",
  "\n",
  "~",
  "!!set",
  "0",
  "-1",
  "4095",
  "1e9",
  "::",
  "\u0000",
  "ü",
];

/** One to three edits: a piece put in, characters or a line taken out, a line of another file put in, two words exchanged. */
function mutated(text: string, files: readonly string[], { random }: Budget): string {
  const pick = <Value>(values: readonly Value[]): Value | undefined =>
    values[Math.floor(random() * values.length)];
  let result = text;
  for (let edits = 1 + Math.floor(random() * 3); edits > 0; edits--) {
    const at = Math.floor(random() * result.length);
    const lines = result.split("\n");
    const line = Math.floor(random() * lines.length);
    switch (Math.floor(random() * 5)) {
      case 0:
        result = result.slice(0, at) + (pick(pieces) ?? "") + result.slice(at);
        break;
      case 1:
        result = result.slice(0, at) + result.slice(at + 1 + Math.floor(random() * 8));
        break;
      case 2:
        result = lines.toSpliced(line, 1).join("\n");
        break;
      case 3:
        result = lines.toSpliced(line, 0, pick((pick(files) ?? "").split("\n")) ?? "").join("\n");
        break;
      default:
        result = exchanged(result, pick);
    }
  }
  return result;
}

function exchanged(text: string, pick: (values: readonly string[]) => string | undefined): string {
  const words = text.match(/[\w./:-]+/g) ?? [];
  const [from, to] = [pick(words), pick(words)];
  return from === undefined || to === undefined ? text : text.replace(from, to);
}
