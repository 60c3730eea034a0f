import { runProgram } from "../machine/run-program.ts";
import type { ExecEvent, ExecResult, Methods } from "./protocol.ts";

/** Runs a command in a namespace as `ip netns exec` does and passes its output on as it comes; it ends with its client. */
export async function execute(
  params: Methods["exec"]["params"],
  emit: (event: ExecEvent) => void,
  abandoned: AbortSignal,
): Promise<ExecResult> {
  const { namespace, argv, input } = params;
  const command = namespace === "" ? argv : ["ip", "netns", "exec", namespace, ...argv];
  const code = await runProgram(command, {
    abandoned,
    ...(input === undefined ? {} : { input }),
    onOutput: (stream, data) => emit({ stream, data: Buffer.from(data).toString("base64") }),
  });
  return { code };
}
