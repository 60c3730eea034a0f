import { randomInt } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { checks } from "../../checks/index.ts";
import { defects } from "../../defects/index.ts";
import type { Matrix } from "../../src/report/matrix.ts";
import type { Defect } from "../../src/score/defect.ts";
import { LabUser } from "./lab-user.ts";

/**
 * Every defect on one lab that is up: against what it says it breaks and affects, and against others that a seed chooses
 * (the whole matrix is the campaign's). `lab drill` reads each defect back from the kernel, in force and taken back, and
 * calls a row without either an error.
 */
const user = new LabUser();
const lab = "three-tier";
// biome-ignore lint/style/noProcessEnv: the way to say which seed a failed run had
const seed = Number(process.env["LAB_TEST_SEED"] ?? randomInt(2 ** 31));
const slow = "VM-MP-R3";

beforeAll(async () => {
  process.stdout.write(`seed of the drill: LAB_TEST_SEED=${seed}\n`);
  await user.must("up", `topologies/${lab}.yml`);
}, 120_000);

afterAll(async () => {
  await user[Symbol.asyncDispose]();
});

/** One of a list, from the seed and a name alone (FNV-1a over both). */
function chosen<Item>(items: readonly Item[], name: string): Item {
  let hash = 0x811c9dc5;
  for (const character of `${seed} ${name}`) {
    hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193) >>> 0;
  }
  return items[hash % items.length] as Item;
}

function ownChecks(defect: Defect): readonly string[] {
  return [...defect.breaks, ...defect.alsoAffects.map(({ id }) => id)].sort();
}

/** Defects with the same own recommendations, tried together against one more; the slow one has a test of its own. */
const groups = [...Map.groupBy(defects, (defect) => ownChecks(defect).join(" "))].map(
  ([key, members]) => {
    const own = key.split(" ");
    const others = checks.map(({ id }) => id).filter((id) => !own.includes(id) && id !== slow);
    const tried = others.length === 0 ? own : [...own, chosen(others, key)];
    return { own: own.join(" and "), ids: members.map(({ id }) => id), tried };
  },
);

/** In an order of their own: the kernel lists a cable that was made again behind those that stayed. */
async function parts(): Promise<readonly string[]> {
  const text = await user.must("inspect", lab, "--json");
  const { parts: all, drift } = JSON.parse(text) as { parts: readonly object[]; drift: unknown };
  expect(drift).toEqual([]);
  return all.map((part) => JSON.stringify(part)).sort();
}

/** `defect: recommendation pass -> fail`, of every cell; and what was wrong with a row as a whole. */
function cellsOf({ rows }: Matrix): readonly string[] {
  return rows.flatMap(({ defect, cells, error }) => [
    ...(error === undefined ? [] : [`${defect}: ${error}`]),
    ...cells.map(
      ({ recommendation, before, observed }) =>
        `${defect}: ${recommendation} ${before} -> ${observed}`,
    ),
  ]);
}

/** What those cells have to be; what is also affected may end in another outcome than `fail`, but not in `pass`. */
function dueCells(ids: readonly string[], tried: readonly string[]): readonly RegExp[] {
  return defects
    .filter(({ id }) => ids.includes(id))
    .flatMap(({ id, breaks, alsoAffects }) =>
      tried.map((check) => {
        const isBroken = breaks.some((broken) => broken === check);
        const isAffected = alsoAffects.some((other) => other.id === check);
        const due = isBroken ? "fail" : isAffected ? "(fail|inconclusive)" : "pass";
        return new RegExp(`^${id}: ${check} pass -> ${due}$`);
      }),
    );
}

async function drill(
  ids: readonly string[],
  tried: readonly string[],
): Promise<{ readonly code: number; readonly stderr: string; readonly matrix: Matrix }> {
  const args = [
    ...ids.flatMap((id) => ["--defect", id]),
    ...tried.flatMap((id) => ["--check", id]),
  ];
  const ran = await user.run(["drill", lab, ...args, "--json", "--results", user.results]);
  if (!ran.stdout.startsWith("{")) throw new Error(`exit ${ran.code}\n${ran.stderr}`);
  return { ...ran, matrix: JSON.parse(ran.stdout) as Matrix };
}

async function expectDue(ids: readonly string[], tried: readonly string[]): Promise<void> {
  const before = await parts();
  const { code, matrix, stderr } = await drill(ids, tried);
  const cells = cellsOf(matrix);
  const due = dueCells(ids, tried);
  const unmet = due.filter((cell) => !cells.some((text) => cell.test(text))).map(String);
  expect({ unmet, cells: cells.length }, `${cells.join("\n")}\n${stderr}`).toEqual({
    unmet: [],
    cells: due.length,
  });
  expect(matrix.agrees).toBe(true);
  expect(code).toBe(0);
  expect(await parts()).toEqual(before);
}

test.each(groups)("each of $ids turns $own red and, of $tried, nothing else", async (group) => {
  await expectDue(group.ids, group.tried);
});

const others = defects.filter((defect) => !ownChecks(defect).includes(slow));
const exempt = chosen(others, slow);

test(`${exempt.id}, by the seed, leaves ${slow} as it is`, async () => {
  await expectDue([exempt.id], [...ownChecks(exempt), slow]);
});

/** Of the ports to hv1: the standby member's, on which a surplus VLAN disturbs nothing else. */
const quiet = { node: "tor2", show: "bridge vlan show dev hv1" };

test("bridge shows the surplus VLAN while it is a defect, and not after", async () => {
  const foreign = /^ +30$/m;
  expect(await user.sh(lab, quiet.node, quiet.show)).not.toMatch(foreign);
  const wait = `until ${quiet.show} | grep -w 30; do sleep 0.1; done`;
  const [{ matrix }, seen] = await Promise.all([
    drill(["trunk-vlan-surplus"], ["VM-VN-R1"]),
    user.sh(lab, quiet.node, `timeout 120 sh -c '${wait}'`),
  ]);
  expect(matrix.agrees).toBe(true);
  expect(seen).toMatch(foreign);
  expect(await user.sh(lab, quiet.node, quiet.show)).not.toMatch(foreign);
});

test("a defect tried without its own recommendation has shown nothing", async () => {
  const { code, matrix } = await drill(["mirror-off"], ["reachability"]);
  expect(matrix.agrees).toBe(false);
  expect(code).toBe(1);
});
