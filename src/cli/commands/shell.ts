import { notUp } from "../../lifecycle/lab-absent.ts";
import { readLabRecord } from "../../lifecycle/lab-record.ts";
import { connectMachineOf } from "../../lifecycle/open-machine.ts";
import { runInTerminal } from "../../machine/run-program.ts";
import type { Command } from "../command.ts";
import { unlessInterrupted, usageError } from "../context.ts";
import { terminalThere } from "../terminal.ts";
import { nodeNamespace, runThere } from "./exec.ts";

const usage = "shell LAB NODE";

export const shell: Command = {
  name: "shell",
  usage,
  summary:
    "a shell in a node; without a terminal it reads its commands from standard input until that ends",
  options: {},
  run: async (context, { positionals }) => {
    const [name, node] = positionals;
    if (name === undefined || node === undefined) throw usageError("which lab, which node?", usage);
    const record = readLabRecord(name);
    if (record === undefined) throw notUp(name);
    const namespace = nodeNamespace(record, node);
    if (record.machine === "local") {
      return await runInTerminal(["ip", "netns", "exec", namespace, "sh", "-i"]);
    }
    using machine = await unlessInterrupted(context, connectMachineOf(record, namespace));
    if (process.stdin.isTTY) return await terminalThere(context, machine.client, namespace);
    context.say("commands are read until the end of input (Ctrl-D)");
    const input = await readAll(process.stdin);
    return await runThere(context, machine.client, namespace, ["sh"], input);
  },
};

async function readAll(stream: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}
