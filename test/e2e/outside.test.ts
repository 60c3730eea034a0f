import { existsSync, readdirSync, readFileSync } from "node:fs";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { complaints, LabUser, outcomesOf } from "./lab-user.ts";
import { type Expectations, expectThat } from "./outside-expectations.ts";
import { reconcile } from "./outside-steps.ts";

/** What public test suites of other testbeds and of the kernel assert, as topologies of our own with their verdicts. */
const folder = "test/e2e/outside";
const user = new LabUser();
const files = readdirSync(folder).filter((name) => name.endsWith(".yml"));
/** `a.link.yml` is a later version of `a.yml`, `a.expect.yml` says what beside the verdicts is to be seen. */
const cases = files.filter((name) => !/\.\w+\.yml$/.test(name)).map((name) => name.slice(0, -4));

function expectationsOf(name: string): Expectations {
  const path = `${folder}/${name}.expect.yml`;
  return existsSync(path) ? (parse(readFileSync(path, "utf8")) as Expectations) : {};
}

afterEach(async () => {
  await user.must("down", "--all");
});

afterAll(async () => {
  await user[Symbol.asyncDispose]();
});

describe.each(cases)("%s", (name) => {
  const file = `${folder}/${name}.yml`;
  const expectations = expectationsOf(name);

  test("its verdicts, and what else is to be seen", async () => {
    await user.must("up", file);
    await expectThat(user, name, file, expectations);
    const { code, result } = await user.assess("assess", name, "reachability");
    const stated = parse(readFileSync(file, "utf8")) as { readonly expect: object };
    expect(outcomesOf(result), complaints(result).join("\n")).toMatchObject(stated.expect);
    expect(code).toBe(0);
  });

  const { steps } = expectations;
  if (steps !== undefined) {
    test("each step changes what it says and no more", async () => {
      await reconcile(user, name, folder, steps);
    });
  }
});

/** Cases for which parts are needed that do not exist yet. */
const notYet: Readonly<Record<string, string>> = {
  "vxlan-under-vrf": "there is no VRF among the network parts",
  "stage-order": "nodes have no health checks and no order of start",
};

const shared = "../shared/cases/outside-cases.yml";
const title = existsSync(shared)
  ? `every case of ${shared} is a topology here, or listed with the reason why not`
  : `${shared} is absent: every topology here has a source and verdicts all the same`;

test(title, () => {
  const known = existsSync(shared)
    ? (parse(readFileSync(shared, "utf8")) as {
        readonly cases: readonly { readonly id: string }[];
      })
    : { cases: [...cases, ...Object.keys(notYet)].map((id) => ({ id })) };
  const ids = known.cases.map(({ id }) => id);
  expect(ids.length).toBeGreaterThan(0);
  expect(ids.filter((id) => !cases.includes(id) && !(id in notYet))).toEqual([]);
  expect(cases.filter((name) => name in notYet)).toEqual([]);
});
