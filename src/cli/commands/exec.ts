import type { DaemonCaller } from "../../daemon/client.ts";
import type { ExecEvent } from "../../daemon/protocol.ts";
import { notUp } from "../../lifecycle/lab-absent.ts";
import { type LabRecord, readLabRecord } from "../../lifecycle/lab-record.ts";
import { connectMachineOf } from "../../lifecycle/open-machine.ts";
import { LabError } from "../../units/lab-error.ts";
import type { Command } from "../command.ts";
import { type Context, unlessInterrupted, usageError } from "../context.ts";

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
    using machine = await unlessInterrupted(context, connectMachineOf(record, namespace));
    return await runThere(context, machine.client, namespace, rest);
  },
};

/** The namespace of a node. @throws LabError that lists the nodes. */
export function nodeNamespace(record: LabRecord, node: string): string {
  const { nodes } = record;
  const namespace = Object.hasOwn(nodes, node) ? nodes[node] : undefined;
  if (namespace !== undefined) return namespace;
  throw new LabError("LAB_E_NODE_UNKNOWN", `lab "${record.lab}" has no node "${node}"`, {
    fix: `its nodes are: ${Object.keys(nodes).join(", ")}`,
    exitCode: 2,
  });
}

/** Runs a command in a namespace of the lab's machine, its output on ours. */
export async function runThere(
  context: Context,
  client: DaemonCaller,
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
