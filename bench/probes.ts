import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Comparison } from "./comparison.ts";

const senders = 10;
/** The lab's process has its start to make up for, so it gets more to do; both are given per second. */
const ourProbes = 30_000;
const theirProbes = 1_000;

type Outcome = { readonly began: number; readonly ended: number; readonly accepted: number };

/** Completed probes per second of a whole process. @throws Error unless the listener got every one. */
async function perSecond(probes: number, command: readonly string[]): Promise<number> {
  const here = import.meta.dirname;
  const { stdout } = await promisify(execFile)("unshare", [
    ...["--net", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child"],
    ...["bash", join(here, "rivals/probe-network.sh")],
    ...[process.execPath, join(here, "probe-listener.ts"), String(senders), String(probes)],
    ...command,
  ]);
  const { began, ended, accepted } = JSON.parse(stdout) as Outcome;
  if (accepted !== probes) {
    throw new Error(`the listener got ${accepted} of ${probes} connections of ${command[0]}`);
  }
  return probes / (ended - began);
}

/** The lab's prober, against one `ip netns exec nc -z` per probe with as many at once as there are processors. */
export async function compareProbes(): Promise<readonly Comparison[]> {
  await using stack = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), "lab-bench-"));
  stack.defer(() => rm(directory, { recursive: true, force: true }));
  const list = join(directory, "probes");
  const lines = Array.from(
    { length: theirProbes },
    (_, index) => `s${index % senders} nc -z -w5 10.65.0.1 7000\n`,
  );
  await writeFile(list, lines.join(""));
  const sender = join(import.meta.dirname, "probe-sender.ts");
  const ours = await perSecond(ourProbes, [
    process.execPath,
    sender,
    String(senders),
    String(ourProbes),
  ]);
  const atOnce = String(availableParallelism());
  const each = ["ip", "netns", "exec"];
  const theirs = await perSecond(theirProbes, ["xargs", "-a", list, "-L1", "-P", atOnce, ...each]);
  return [
    {
      what: "completed TCP probes",
      unit: "/s",
      ours,
      theirs,
      rival: "ip netns exec nc -z",
      goal: 10,
    },
  ];
}
