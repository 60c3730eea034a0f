import { join } from "node:path";
import { Stage } from "../integration/lifecycle-stage.ts";
import type { Budget } from "./budget.ts";
import { type PartResult, project } from "./record.ts";

type Result = {
  readonly recommendations: readonly { readonly id: string; readonly outcome: string }[];
  readonly reachability?: { readonly outcome: string };
};

/** Runs of one topology: every outcome equal, every time. */
export async function repeats(budget: Budget): Promise<PartResult> {
  await using stage = new Stage();
  const file = join(project, "topologies/three-tier.yml");
  const seen = new Map<string, number>();
  const faults: string[] = [];
  const wanted = budget.small ? 1 : budget.rounds(20);
  for (let round = 0; round < wanted && !budget.isOver(); round++) {
    const folder = join(stage.directory, "results");
    const { code, out, err, milliseconds } = await stage.lab(
      "run",
      file,
      "--json",
      "--results",
      folder,
    );
    const outcomes = outcomesOf(out) ?? `no result (exit ${code}): ${err.slice(-300)}`;
    budget.say(
      `run ${round + 1} of ${wanted}: exit ${code} in ${(milliseconds / 1000).toFixed(1)} s: ${outcomes}`,
    );
    const key = `exit ${code}: ${outcomes}`;
    seen.set(key, (seen.get(key) ?? 0) + 1);
    if (code !== 0) faults.push(`run ${round + 1}: ${key}`);
  }
  if (seen.size > 1) faults.push(`${seen.size} different sets of outcomes`);
  return {
    title: "`lab run topologies/three-tier.yml`, again and again",
    columns: ["runs", "outcomes"],
    rows: [...seen].map(([outcomes, count]) => [
      count,
      outcomes.replaceAll("|", "/").replaceAll("\n", " "),
    ]),
    faults,
  };
}

function outcomesOf(text: string): string | undefined {
  try {
    const { recommendations, reachability } = JSON.parse(text) as Result;
    const all = recommendations.map(({ id, outcome }) => `${id} ${outcome}`);
    return [...all, `reachability ${reachability?.outcome ?? "-"}`].join(", ");
  } catch {
    return undefined;
  }
}
