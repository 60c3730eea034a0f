import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { bundleProgram } from "../../src/machine/bundle.ts";
import { connectGuest } from "../../src/machine/guest/connect.ts";
import { findGuests, stopGuest } from "../../src/machine/guest/process.ts";
import { startGuest } from "../../src/machine/guest/start.ts";
import { lineChannel } from "../../src/machine/line-channel.ts";

const project = join(import.meta.dirname, "../..");

/** Runs `test/integration/NAME.ts` in a guest of its own and gives what it printed as JSON; nothing of the guest is left. */
export async function reportFromGuest<Report>(name: string): Promise<Report> {
  const base = mkdtempSync(join(tmpdir(), "lab-scenario-"));
  const mark = `lab-test-${process.pid}-${name}`;
  try {
    const answer = await answerFromGuest(name, base, mark);
    const { stdout, stderr } = JSON.parse(answer) as { stdout: string; stderr: string };
    expect(stderr).toBe("");
    return JSON.parse(stdout) as Report;
  } finally {
    for (const found of await findGuests(mark)) await stopGuest(found);
    rmSync(base, { recursive: true, force: true });
  }
}

async function answerFromGuest(name: string, base: string, mark: string): Promise<string> {
  const daemon = await bundleProgram(project, "test/integration/guest-daemon.ts", "guest-test");
  const scenario = await bundleProgram(project, `test/integration/${name}.ts`, name);
  const guest = await startGuest({
    mark,
    daemon: daemon.file,
    stateDirectory: base,
    exchangeDirectory: join(base, "exchange"),
    projectDirectory: project,
  });
  const channel = lineChannel(await connectGuest(guest.controlSocket));
  const answer = await new Promise<string>((resolve, reject) => {
    channel.onLine(resolve);
    channel.onClose(() => reject(new Error("the guest ended before it answered")));
    channel.send(JSON.stringify({ command: `/.lab/node ${scenario.file}` }));
  });
  channel.close();
  return answer;
}
