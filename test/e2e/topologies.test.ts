import { readdirSync, readFileSync } from "node:fs";
import { afterAll, expect, test } from "vitest";
import { parse } from "yaml";
import { complaints, LabUser, outcomesOf } from "./lab-user.ts";

/** Every topology that comes with lab, except the one that three-tier.test.ts runs. */
const user = new LabUser();
const names = readdirSync("topologies").filter((name) => name !== "three-tier.yml");

afterAll(async () => {
  await user[Symbol.asyncDispose]();
});

test.each(names)("%s gives exactly the outcomes that it expects", async (name) => {
  const file = `topologies/${name}`;
  const { expect: expected } = parse(readFileSync(file, "utf8")) as {
    readonly expect: Readonly<Record<string, string | { readonly outcome: string }>>;
  };
  const due = Object.fromEntries(
    Object.entries(expected).map(([id, word]) => [
      id,
      typeof word === "string" ? word : word.outcome,
    ]),
  );
  const { code, result } = await user.assess("run", file);
  const outcomes = outcomesOf(result);
  expect(outcomes, complaints(result).join("\n")).toEqual(due);
  expect(result.unexpected).toEqual([]);
  expect(code).toBe(Object.values(due).includes("fail") ? 1 : 0);
});
