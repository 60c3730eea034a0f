import { benchFolder, labCommand, seconds } from "./command.ts";
import type { Comparison } from "./comparison.ts";

const file = "topologies/three-tier.yml";
const limit = 45;
const startLimit = 0.5;
const expected = ["VM-VN-R1", "VM-MP-R3", "VM-TM-R1"];

type Recommendation = {
  readonly id: string;
  readonly outcome: string;
  readonly reason?: string | null;
};

/** @throws Error unless every recommendation of the main job passed. */
function requirePassed(output: string): void {
  const { recommendations } = JSON.parse(output) as {
    readonly recommendations: readonly Recommendation[];
  };
  for (const id of expected) {
    const { outcome = "absent", reason = "" } =
      recommendations.find((each) => each.id === id) ?? {};
    if (outcome !== "pass") throw new Error(`${id} is ${outcome}, not pass: ${reason}`);
  }
}

/** The main job from file to verdicts, the second time: the first one also makes the guest's snapshot. */
export async function compareMainJob(): Promise<readonly Comparison[]> {
  await using stack = new AsyncDisposableStack();
  const folder = await benchFolder(stack);
  const run = async (): Promise<void> => {
    const { code, output, said } = await labCommand("run", file, "--json", "--results", folder);
    if (output === "") throw new Error(`lab run ${file} ended with ${code}: ${said}`);
    requirePassed(output);
    if (code !== 0) throw new Error(`lab run ${file} ended with ${code}`);
  };
  await run();
  const ours = await seconds(run);
  return [{ what: `lab run ${file}`, unit: "s", ours, theirs: limit, rival: "limit", goal: 1 }];
}

/** A command that has nothing to do: what starting one costs. */
export async function compareStart(): Promise<readonly Comparison[]> {
  const absent = `absent-${process.pid}`;
  const start = async (): Promise<void> => {
    const { code } = await labCommand("down", absent);
    if (code !== 2) throw new Error(`lab down of a lab that is not there ended with ${code}`);
  };
  await start();
  const ours = await seconds(start);
  return [
    { what: "lab down ABSENT", unit: "s", ours, theirs: startLimit, rival: "limit", goal: 1 },
  ];
}
