import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { plain, type Running, rootNamespace, Stage } from "../integration/lifecycle-stage.ts";
import type { Budget } from "./budget.ts";
import type { PartResult } from "./record.ts";

const counter = join(import.meta.dirname, "die-after.mjs");

/** What `lab down` left after a kill; undefined when it did its work. */
async function faultAfter(stage: Stage, lab: string, moment: string): Promise<string | undefined> {
  const isTraceable = stage.leftovers().length > 0;
  const { code, err } = await stage.lab("down", lab);
  if (code !== (isTraceable ? 0 : 2)) return `${moment}: lab down ended with ${code}: ${err}`;
  const left = stage.leftovers();
  return left.length === 0 ? undefined : `${moment}: left ${left.join(", ")}`;
}

/** Everything a daemon does to the kernel and to files while a lab comes up, with a kill after each of them. */
export async function killsAfterEveryOperation(budget: Budget): Promise<PartResult> {
  await using stage = new Stage();
  const before = rootNamespace();
  const lab = stage.name();
  const file = stage.write("plain", plain(lab));
  const operations = await countOperations(stage, lab, file);
  const step = Math.ceil(operations / (budget.small ? 10 : budget.rounds(operations)));
  const faults: string[] = [];
  const tried = { all: 0, halfMade: 0 };
  for (let after = 1; after <= operations && !budget.isOver(); after += step) {
    budget.say(`kill after operation ${after} of ${operations}`);
    await stage.startWith(dying(after), "up", file).ended;
    tried.all += 1;
    if (stage.leftovers().length > 0) tried.halfMade += 1;
    const fault = await faultAfter(stage, lab, `after operation ${after}`);
    if (fault !== undefined) faults.push(fault);
  }
  if (rootNamespace() !== before) faults.push("the root namespace is not as it was");
  if (tried.halfMade < tried.all) faults.push("a kill came too late: the command had cleaned up");
  return {
    title: "`lab up` and its daemon killed after each thing the daemon did, then `lab down`",
    columns: [
      "operations of one `lab up`",
      "kills tried",
      "left a half-made lab",
      "faults after down",
    ],
    rows: [[operations, tried.all, tried.halfMade, faults.length]],
    faults,
  };
}

function dying(after: number, countFile = ""): Record<string, string> {
  return {
    NODE_OPTIONS: `--import=${counter}`,
    LAB_CAMPAIGN_DIE: String(after),
    ...(countFile === "" ? {} : { LAB_CAMPAIGN_COUNT: countFile }),
  };
}

async function countOperations(stage: Stage, lab: string, file: string): Promise<number> {
  const countFile = join(stage.directory, "count");
  const { code, err } = await stage.startWith(dying(0, countFile), "up", file).ended;
  if (code !== 0) throw new Error(`lab up ended with ${code}: ${err}`);
  await pause(100);
  await stage.ok("down", lab);
  return Number(readFileSync(countFile, "utf8"));
}

/** Kills at moments drawn evenly over the life of `lab up`: of the command alone, and of all it started. */
export async function killsAtRandomTimes(budget: Budget): Promise<PartResult> {
  await using stage = new Stage();
  const before = rootNamespace();
  const lab = stage.name();
  const file = stage.write("plain", plain(lab));
  const { milliseconds } = await stage.lab("up", file);
  await stage.ok("down", lab);
  const faults: string[] = [];
  const tried = { command: 0, all: 0 };
  for (let round = 0; round < budget.rounds(100) && !budget.isOver(); round++) {
    const whom = budget.random() < 0.5 ? "command" : "all";
    const moment = Math.round(budget.random() * milliseconds);
    budget.say(`kill ${round + 1}: ${whom} after ${moment} ms`);
    const up = stage.start("up", file);
    await Promise.race([pause(moment), up.ended]);
    kill(up);
    if (whom === "all") for (const pid of stage.processes()) kill({ pid });
    await up.ended;
    tried[whom] += 1;
    const fault = await faultAfter(stage, lab, `${whom} after ${moment} ms`);
    if (fault !== undefined) faults.push(fault);
  }
  if (rootNamespace() !== before) faults.push("the root namespace is not as it was");
  return {
    title: `Kills at random times of \`lab up\` (seed ${budget.seed}), then \`lab down\``,
    columns: ["the command alone", "with its daemon", "left something"],
    rows: [[tried.command, tried.all, faults.length]],
    faults,
  };
}

function kill({ pid }: Pick<Running, "pid">): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // it had ended
  }
}
