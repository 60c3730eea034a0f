import { decideMachine } from "../../lifecycle/bring-up.ts";
import { lockLab } from "../../lifecycle/lab-lock.ts";
import { readLabRecord } from "../../lifecycle/lab-record.ts";
import { layoutOf } from "../../lifecycle/layout.ts";
import { connectMachine } from "../../lifecycle/open-machine.ts";
import { isoNow } from "../../machine/clock.ts";
import { diff } from "../../plan/diff.ts";
import type { LabObject } from "../../plan/object.ts";
import { planTopology } from "../../plan/plan-topology.ts";
import { renderOperations } from "../../plan/render.ts";
import { renderJson } from "../../report/json.ts";
import type { Command } from "../command.ts";
import { commandText } from "../command-text.ts";
import { usageError } from "../context.ts";
import { readTopologyFile } from "../topology-file.ts";
import { machineAsked } from "../with-lab.ts";

const usage = "plan FILE [--machine local|qemu]";

export const plan: Command = {
  name: "plan",
  usage,
  summary: "print what `lab up FILE` will do, and do nothing; on a lab that is up: the difference",
  options: { machine: { type: "string" } },
  run: async (context, call) => {
    const [path] = call.positionals;
    if (path === undefined) throw usageError("which file?", usage);
    const { topology } = readTopologyFile(path);
    const desired = planTopology(topology);
    const record = readLabRecord(topology.name);
    const silent = (): void => undefined;
    const machine =
      record?.machine ??
      decideMachine(desired, layoutOf(topology), machineAsked(call), silent).machine;
    let actual: readonly LabObject[] = [];
    if (record !== undefined) {
      using _lock = lockLab(topology.name, commandText(), isoNow());
      using opened = await connectMachine(record);
      actual = await opened.client.call("read", { desired });
    }
    const operations = diff(desired, actual);
    if (context.json) {
      context.out(renderJson({ lab: topology.name, machines: [{ machine, operations }] }));
      return 0;
    }
    const head = `# ${topology.name} on ${machine}: ${operations.length} operations`;
    context.out(`${[head, ...renderOperations(operations)].join("\n")}\n`);
    return 0;
  },
};
