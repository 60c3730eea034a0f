import type { DaemonCaller } from "../daemon/client.ts";
import type { ExecEvent } from "../daemon/protocol.ts";
import { type Context, unlessInterrupted } from "./context.ts";

const inputId = "shell";

/**
 * A shell in a namespace of another machine, on a terminal of that machine whose other end is ours: line editing, Ctrl-C
 * and full-screen programs work. The size is that of our terminal when it begins.
 */
export async function terminalThere(
  context: Context,
  client: DaemonCaller,
  namespace: string,
): Promise<number> {
  const { columns, rows } = process.stdout;
  const shell = `stty columns ${columns ?? 80} rows ${rows ?? 24}; exec sh -i`;
  const argv = ["script", "-qec", shell, "/dev/null"];
  const send = (data?: Buffer): void => {
    const text = data === undefined ? {} : { data: data.toString("base64") };
    // A connection that has ended ends the command below with its own error.
    client.call("exec-input", { namespace, inputId, ...text }).catch(() => undefined);
  };
  const running = client.call("exec", { namespace, argv, inputId }, (event) => {
    process.stdout.write(Buffer.from((event as ExecEvent).data, "base64"));
  });
  using _raw = rawInput(send);
  return (await unlessInterrupted(context, running)).code;
}

/** Each key as it is pressed, until it is disposed of. */
function rawInput(send: (data?: Buffer) => void): Disposable {
  const { stdin } = process;
  const ended = (): void => send();
  stdin.setRawMode(true);
  stdin.on("data", send).on("end", ended);
  return {
    [Symbol.dispose]: () => {
      stdin.off("data", send).off("end", ended);
      stdin.setRawMode(false);
      stdin.pause();
    },
  };
}
