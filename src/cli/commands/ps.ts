import { readLabRecord } from "../../lifecycle/lab-record.ts";
import { rememberedLabs } from "../../machine/state-directory.ts";
import { renderJson } from "../../report/json.ts";
import { type LabRow, renderLabs } from "../../report/listings.ts";
import type { Command } from "../command.ts";

export const ps: Command = {
  name: "ps",
  usage: "ps",
  summary: "list the labs of this machine, also those that a killed command left half made",
  options: {},
  run: async (context) => {
    const rows = rememberedLabs().map(row);
    if (context.json) context.out(renderJson(rows));
    else context.out(rows.length === 0 ? "no lab is up\n" : renderLabs(rows, context.layout));
    return 0;
  },
};

function row(lab: string): LabRow {
  const record = readLabRecord(lab);
  if (record === undefined) {
    return { lab, state: "left behind", machines: [], nodes: 0, since: "-", file: "-" };
  }
  return {
    lab,
    state: "up",
    machines: record.layout.machines.length > 1 ? record.layout.machines : [record.machine],
    nodes: Object.keys(record.nodes).length,
    since: record.broughtUpAt,
    file: record.file,
  };
}
