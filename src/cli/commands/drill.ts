import { defects as allDefects } from "../../../defects/index.ts";
import { chooseResults } from "../../machine/results-directory.ts";
import { renderJson } from "../../report/json.ts";
import { drillMatrix, renderMatrix } from "../../report/matrix.ts";
import { renderTable } from "../../report/table.ts";
import type { Defect } from "../../score/defect.ts";
import { LabError } from "../../units/lab-error.ts";
import type { Command } from "../command.ts";
import { type Context, usageError } from "../context.ts";
import { drillLab } from "../drill-lab.ts";
import { chosenChecks } from "../score-run.ts";
import { isFile, readTopologyFile } from "../topology-file.ts";
import { withLab } from "../with-lab.ts";

const usage = "drill LAB|FILE [--list] [--defect ID]... [--check ID]...";

export const drill: Command = {
  name: "drill",
  usage,
  summary: "apply each defect that fits, one at a time, and show which recommendations turn red",
  options: {
    list: { type: "boolean" },
    defect: { type: "string", multiple: true },
    check: { type: "string", multiple: true },
    results: { type: "string" },
    machine: { type: "string" },
  },
  run: async (context, call) => {
    const [target] = call.positionals;
    if (target === undefined) throw usageError("which lab or file?", usage);
    const chosen = chosenDefects(call.texts("defect"));
    if (call.flag("list")) {
      const topology = isFile(target) ? readTopologyFile(target).topology : undefined;
      return list(
        context,
        chosen.filter((one) => topology === undefined || one.appliesTo(topology)),
      );
    }
    const results = chooseResults(call.text("results"));
    const checks = chosenChecks(call.texts("check"));
    const matrix = await withLab(context, call, target, async (lab) => {
      const fitting = chosen.filter((defect) => defect.appliesTo(lab.topology));
      const folder = results(`${lab.topology.name}-drill`);
      return drillMatrix(await drillLab(context, lab, fitting, () => checks, folder));
    });
    context.out(context.json ? renderJson(matrix) : renderMatrix(matrix, context.layout));
    return matrix.agrees ? 0 : 1;
  },
};

function chosenDefects(ids: readonly string[]): readonly Defect[] {
  if (ids.length === 0) return allDefects;
  return ids.map((id) => {
    const found = allDefects.find((defect) => defect.id === id);
    if (found !== undefined) return found;
    throw new LabError("LAB_E_DEFECT_UNKNOWN", `there is no defect "${id}"`, {
      fix: `use one of: ${allDefects.map((defect) => defect.id).join(", ")}`,
      exitCode: 2,
    });
  });
}

function list(context: Context, defects: readonly Defect[]): number {
  const rows = defects.map(({ id, title, breaks }) => ({ id, title, breaks: breaks.join(", ") }));
  const columns = [
    { title: "defect", value: (row: (typeof rows)[number]): string => row.id },
    { title: "breaks", value: (row: (typeof rows)[number]): string => row.breaks },
    {
      title: "what it does",
      value: (row: (typeof rows)[number]): string => row.title,
      wraps: true,
    },
  ];
  context.out(context.json ? renderJson(rows) : renderTable(rows, columns, context.layout));
  return 0;
}
