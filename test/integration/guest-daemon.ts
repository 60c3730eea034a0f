import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { parseArgs } from "node:util";
import { controlSessions } from "../../src/machine/guest/control-port.ts";
import type { LineChannel } from "../../src/machine/line-channel.ts";

/** A small daemon for the guest's own tests: runs the command of each line and answers with what came of it. */
type Request = { readonly command?: string; readonly size?: number; readonly random?: true };

const { values } = parseArgs({ options: { port: { type: "string", multiple: true } } });

await Promise.all((values.port ?? []).map(serve));

async function serve(port: string): Promise<void> {
  for await (const channel of controlSessions(port)) {
    channel.onLine((line) => answer(channel, JSON.parse(line) as Request));
  }
}

function answer(channel: LineChannel, { command, size, random }: Request): void {
  if (size !== undefined) channel.send(JSON.stringify({ text: "x".repeat(size) }));
  if (random) channel.send(JSON.stringify({ random: randomBytes(16).toString("hex") }));
  if (command === undefined) return;
  execFile("/bin/sh", ["-c", command], (error, stdout, stderr) => {
    channel.send(JSON.stringify({ code: error === null ? 0 : 1, stdout, stderr }));
  });
}
