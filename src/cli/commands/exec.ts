import type { DaemonClient } from "../../daemon/client.ts";
import type { ExecEvent } from "../../daemon/protocol.ts";
import { type LabRecord, readLabRecord } from "../../lifecycle/lab-record.ts";
import { connectMachine, notUp } from "../../lifecycle/open-machine.ts";
import { namespaceOf, testStationOf } from "../../plan/names.ts";
import type { Topology } from "../../topology/topology.ts";
import { LabError } from "../../units/lab-error.ts";
import type { Command } from "../command.ts";
import { type Context, unlessInterrupted, usageError } from "../context.ts";
import { topologyOfText } from "../topology-file.ts";

const usage = "exec LAB NODE -- COMMAND [ARGUMENT]...";

export const exec: Command = {
  name: "exec",
  usage,
  summary: "run a command in a node and pass its exit code on",
  options: {},
  run: async (context, { positionals, rest }) => {
    const [name, node] = positionals;
    if (name === undefined || node === undefined || rest.length === 0) {
      throw usageError("which lab, which node, which command?", usage);
    }
    const record = readLabRecord(name);
    if (record === undefined) throw notUp(name);
    const namespace = nodeNamespace(record, node);
    using machine = await unlessInterrupted(context, connectMachine(record));
    return await runThere(context, machine.client, namespace, rest);
  },
};

/** The namespace of a node. @throws LabError that lists the nodes. */
export function nodeNamespace(record: LabRecord, node: string): string {
  const topology = topologyOfText(record.text, record.file);
  const nodes = topology === undefined ? [] : nodeNames(topology);
  if (nodes.includes(node)) return namespaceOf(record.lab, node);
  throw new LabError("LAB_E_NODE_UNKNOWN", `lab "${record.lab}" has no node "${node}"`, {
    fix: `its nodes are: ${nodes.join(", ")}`,
    exitCode: 2,
  });
}

function nodeNames(topology: Topology): readonly string[] {
  const { switches, hosts, workloads, routers } = topology;
  return [
    ...switches.flatMap(({ name }) => [name, testStationOf(name)]),
    ...[...hosts, ...workloads, ...routers].map(({ name }) => name),
  ];
}

/** Runs a command in a namespace of the lab's machine, its output on ours. */
export async function runThere(
  context: Context,
  client: DaemonClient,
  namespace: string,
  argv: readonly string[],
  input?: string,
): Promise<number> {
  const params = { namespace, argv, ...(input === undefined ? {} : { input }) };
  const running = client.call("exec", params, (event) => {
    const { stream, data } = event as ExecEvent;
    process[stream].write(Buffer.from(data, "base64"));
  });
  const { code } = await unlessInterrupted(context, running);
  return code;
}
