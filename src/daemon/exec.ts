import { type ProgramInput, runProgram } from "../machine/run-program.ts";
import type { ExecEvent, ExecResult, Methods } from "./protocol.ts";

/** Runs a command in a namespace as `ip netns exec` does and passes its output on as it comes; it ends with its client. */
export async function execute(
  params: Methods["exec"]["params"],
  emit: (event: ExecEvent) => void,
  abandoned: AbortSignal,
  inputs: Map<string, ProgramInput>,
): Promise<ExecResult> {
  const { namespace, argv, input, inputId } = params;
  const command = namespace === "" ? argv : ["ip", "netns", "exec", namespace, ...argv];
  const code = await runProgram(command, {
    abandoned,
    ...(input === undefined ? {} : { input }),
    ...(inputId === undefined ? {} : { onStart: (open) => inputs.set(inputId, open) }),
    onOutput: (stream, data) => emit({ stream, data: Buffer.from(data).toString("base64") }),
  });
  if (inputId !== undefined) inputs.delete(inputId);
  return { code };
}

/** Writes to a command that reads, or ends its input. */
export function writeInput(
  { inputId, data }: Methods["exec-input"]["params"],
  inputs: ReadonlyMap<string, ProgramInput>,
): Record<string, never> {
  const input = inputs.get(inputId);
  if (data === undefined) input?.end();
  else input?.write(Buffer.from(data, "base64"));
  return {};
}
