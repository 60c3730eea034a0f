import { join } from "node:path";
import type { Matrix } from "../../src/report/matrix.ts";
import { Stage } from "../integration/lifecycle-stage.ts";
import type { Budget } from "./budget.ts";
import { type PartResult, project } from "./record.ts";

/** Every defect against every recommendation of the three-tier topology. A small campaign takes one defect. */
export async function matrix(budget: Budget): Promise<PartResult> {
  await using stage = new Stage();
  const file = join(project, "topologies/three-tier.yml");
  const some = budget.small ? ["--defect", await firstDefect(stage, file)] : [];
  const folder = join(stage.directory, "results");
  const { code, out, err } = await stage.lab("drill", file, "--json", "--results", folder, ...some);
  const parsed = parse(out);
  if (parsed === undefined) {
    return {
      title,
      columns: ["defect"],
      rows: [],
      faults: [`drill ended with ${code}: ${err.slice(-500)}`],
    };
  }
  const rows = parsed.rows.map(({ defect, agrees, cells, error }) => {
    const outcomes = parsed.recommendations.map((id) => {
      return cells.find(({ recommendation }) => recommendation === id)?.observed ?? "absent";
    });
    return [defect, ...outcomes, agrees ? "yes" : `no${error === undefined ? "" : `: ${error}`}`];
  });
  const faults = parsed.rows
    .filter(({ agrees }) => !agrees)
    .map(({ defect }) => `${defect} differs`);
  return { title, columns: ["defect", ...parsed.recommendations, "as declared"], rows, faults };
}

const title = "`lab drill topologies/three-tier.yml`, all checks under each defect";

async function firstDefect(stage: Stage, file: string): Promise<string> {
  const list = JSON.parse(await stage.ok("drill", file, "--list", "--json")) as { id: string }[];
  return list[0]?.id ?? "";
}

function parse(text: string): Matrix | undefined {
  try {
    return JSON.parse(text) as Matrix;
  } catch {
    return undefined;
  }
}
