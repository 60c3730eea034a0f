import { parseArgs } from "node:util";
import { type Budget, makeBudget } from "./budget.ts";
import { killsAfterEveryOperation, killsAtRandomTimes } from "./kills.ts";
import { matrix } from "./matrix.ts";
import { mutations } from "./mutations.ts";
import { type PartResult, record } from "./record.ts";
import { repeats } from "./repeats.ts";

/**
 * What is too long for `npm test`: `npm run campaign -- [PART]... [--small] [--rounds N] [--minutes N] [--seed N]
 * [--no-record]`. Each part writes its section of docs/campaign.md when it ends.
 */
const parts: Readonly<Record<string, (budget: Budget) => Promise<PartResult>>> = {
  kills: killsAfterEveryOperation,
  "random-kills": killsAtRandomTimes,
  mutations,
  repeats,
  matrix,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    small: { type: "boolean", default: false },
    rounds: { type: "string" },
    minutes: { type: "string", default: "60" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    "no-record": { type: "boolean", default: false },
  },
});

const chosen = positionals.length === 0 ? Object.keys(parts) : positionals;
const unknown = chosen.filter((name) => !Object.hasOwn(parts, name));
if (unknown.length > 0) {
  process.stderr.write(
    `campaign: no such part: ${unknown.join(", ")}; there are ${Object.keys(parts).join(", ")}\n`,
  );
  process.exitCode = 2;
} else {
  for (const name of chosen) await runPart(name);
}

async function runPart(name: string): Promise<void> {
  const budget = makeBudget(name, {
    small: values.small,
    seed: Number(values.seed),
    minutes: Number(values.minutes),
    rounds: values.rounds === undefined ? undefined : Number(values.rounds),
  });
  const began = performance.now();
  const part = parts[name];
  if (part === undefined) return;
  const result = await part(budget);
  const seconds = (performance.now() - began) / 1000;
  if (!values["no-record"]) record(name, result, seconds);
  for (const row of result.rows) budget.say(row.join(" · "));
  for (const fault of result.faults) budget.say(`FAULT ${fault}`);
  budget.say(result.faults.length === 0 ? "as it should be" : `${result.faults.length} faults`);
  if (result.faults.length > 0) process.exitCode = 1;
}
