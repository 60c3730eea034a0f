import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { benchFolder, labCommand, seconds } from "./command.ts";
import type { Comparison, Missing } from "./comparison.ts";
import { LineDialogue } from "./line-dialogue.ts";
import {
  addressesFor,
  type Inspection,
  requireShape,
  sampleOf,
  topologyFor,
} from "./network-shape.ts";

const run = promisify(execFile);
const project = resolve(import.meta.dirname, "..");
const pings = 10;

/** Seconds from nothing to the network, and from the network to nothing. */
type Times = { readonly up: number; readonly down: number };

/** Someone who builds the network. Whole processes are timed; what `inspect` and `ping` take is not. */
type Builder = {
  readonly name: string;
  readonly up: () => Promise<void>;
  readonly inspect: () => Promise<Inspection>;
  readonly ping: (from: number, address: string) => Promise<boolean>;
  readonly down: () => Promise<void>;
};

/** Builds, compares what was built with what was asked for, takes it down. @throws Error when they differ. */
async function measure(builder: Builder, addresses: readonly string[]): Promise<Times> {
  const up = await seconds(builder.up);
  requireShape(builder.name, await builder.inspect(), addresses);
  for (const [from, address] of sampleOf(addresses, pings)) {
    if (!(await builder.ping(from, address))) {
      throw new Error(`${builder.name}: workload ${from} does not reach ${address}`);
    }
  }
  return { up, down: await seconds(builder.down) };
}

/** Mininet and `ip -batch` run in namespaces of their own and end with them, whatever happens. */
function rival(name: string, command: readonly string[], stack: AsyncDisposableStack): Builder {
  let dialogue: LineDialogue | undefined;
  const opened = (): LineDialogue => {
    if (dialogue === undefined) throw new Error(`${name} is not up`);
    return dialogue;
  };
  return {
    name,
    up: async () => {
      dialogue = stack.use(
        new LineDialogue([
          "unshare",
          "--net",
          "--mount",
          "--pid",
          "--fork",
          "--mount-proc",
          "--kill-child",
          ...command,
        ]),
      );
      const said = await dialogue.line();
      if (said !== "up") throw new Error(`${name} said ${said}`);
    },
    inspect: async () => JSON.parse(await opened().ask("inspect")) as Inspection,
    ping: async (from, address) => (await opened().ask(`ping ${from} ${address}`)) === "true",
    down: () => opened().end("down"),
  };
}

async function mininet(
  directory: string,
  addresses: readonly string[],
  stack: AsyncDisposableStack,
): Promise<Builder> {
  const file = join(directory, "addresses.json");
  await writeFile(file, JSON.stringify(addresses));
  const script = join(project, "bench/rivals/mininet-lab.py");
  return rival("Mininet", ["/usr/bin/python3", script, file], stack);
}

async function ipBatch(
  directory: string,
  addresses: readonly string[],
  stack: AsyncDisposableStack,
): Promise<Builder> {
  const names = addresses.map((_, index) => `w${index}`);
  const lines = (text: (name: string, index: number) => string): string =>
    `${names.map(text).join("\n")}\n`;
  await mkdir(join(directory, "node"), { recursive: true });
  await writeFile(
    join(directory, "names"),
    lines((name) => name),
  );
  await writeFile(
    join(directory, "namespaces"),
    lines((name) => `netns add ${name}`),
  );
  await writeFile(
    join(directory, "down"),
    lines((name) => `netns del ${name}`),
  );
  await writeFile(
    join(directory, "links"),
    `link add br0 type bridge\nlink set br0 up\n${lines(
      (name) => `link add ${name} master br0 up type veth peer name eth0 netns ${name}`,
    )}`,
  );
  await Promise.all(
    names.map((name, index) =>
      writeFile(
        join(directory, "node", name),
        `link set lo up\naddress add ${addresses[index]} dev eth0\nlink set eth0 up\n`,
      ),
    ),
  );
  const script = join(project, "bench/rivals/ip-batch-lab.sh");
  return rival("ip -batch", ["/bin/bash", script, directory], stack);
}

async function addressIn(namespace: string): Promise<readonly string[]> {
  const { stdout } = await run("ip", ["-n", namespace, "-j", "-4", "address", "show", "up"]);
  const links = JSON.parse(stdout) as readonly {
    readonly addr_info: readonly { local: string; prefixlen: number; scope: string }[];
  }[];
  return links
    .flatMap((link) => link.addr_info)
    .filter((info) => info.scope === "global")
    .map((info) => `${info.local}/${info.prefixlen}`);
}

/** The lab as a user starts it: `node bin/lab.mjs up FILE`, `node bin/lab.mjs down NAME`. */
async function lab(
  directory: string,
  name: string,
  addresses: readonly string[],
  stack: AsyncDisposableStack,
): Promise<Builder> {
  const file = join(directory, "topology.yml");
  await writeFile(file, topologyFor(name, addresses));
  const command = async (...words: readonly string[]): Promise<void> => {
    const { code, said } = await labCommand(...words);
    if (code !== 0) throw new Error(`lab ${words.join(" ")} ended with ${code}: ${said}`);
  };
  const prefix = `lab-${name}-w`;
  let isUp = false;
  // Of a failed benchmark only: what it left is taken away, and its own failure is the one that is told.
  stack.defer(async () => {
    if (isUp) await command("down", name).catch((error) => process.stderr.write(`${error}\n`));
  });
  return {
    name: "lab",
    up: async () => {
      isUp = true;
      await command("up", file, "--machine", "local");
    },
    inspect: async () => {
      const { stdout } = await run("ip", ["-j", "netns", "list"], { maxBuffer: 64 << 20 });
      const namespaces = (JSON.parse(stdout) as readonly { readonly name: string }[])
        .map((each) => each.name)
        .filter((each) => each.startsWith(prefix));
      const host = ["-n", `lab-${name}-hv`, "-j", "link", "show", "master", "vs0", "up"];
      const ports = JSON.parse((await run("ip", host, { maxBuffer: 64 << 20 })).stdout);
      const found: string[] = [];
      for (const namespace of namespaces) found.push(...(await addressIn(namespace)));
      return { namespaces: namespaces.length, ports: ports.length, addresses: found };
    },
    ping: async (from, address) => {
      const words = ["netns", "exec", `${prefix}${from}`, "ping", "-c1", "-w10", "-n", address];
      return await run("ip", words).then(
        () => true,
        () => false,
      );
    },
    down: async () => {
      await command("down", name);
      isUp = false;
    },
  };
}

async function lacking(programs: readonly string[]): Promise<string | undefined> {
  for (const program of programs) {
    const found = await run("which", [program]).catch(() => undefined);
    if (found === undefined) return `${program} is not installed: node bin/setup.mjs bench`;
  }
  return undefined;
}

/** What the first command of a clone prepares for all others is not measured, as the rivals' files are not. */
async function warmUp(directory: string, stack: AsyncDisposableStack): Promise<void> {
  const builder = await lab(directory, `bench-warm-${process.pid}`, addressesFor(2), stack);
  await builder.up();
  await builder.down();
}

/** Goals: how many times faster than Mininet, up and down. */
export type BringUpGoals = { readonly up: number; readonly down: number };

/** The lab, Mininet and plain `ip -batch` one after the other, each once. */
export async function compareBringUp(
  workloads: number,
  goals: BringUpGoals,
): Promise<readonly (Comparison | Missing)[]> {
  await using stack = new AsyncDisposableStack();
  const missing = await lacking(["mn", "ip", "unshare", "ping"]);
  if (missing !== undefined) return [{ what: `${workloads} workloads`, why: missing }];
  const directory = await benchFolder(stack);
  await warmUp(directory, stack);
  const addresses = addressesFor(workloads);
  const name = `bench-${workloads}-${process.pid}`;
  const ours = await measure(await lab(directory, name, addresses, stack), addresses);
  const plain = await measure(await ipBatch(directory, addresses, stack), addresses);
  const theirs = await measure(await mininet(directory, addresses, stack), addresses);
  const line = (
    what: "up" | "down",
    rivalName: string,
    times: Times,
    goal: number,
  ): Comparison => ({
    what: `${workloads} workloads ${what}`,
    unit: "s",
    ours: ours[what],
    theirs: times[what],
    rival: rivalName,
    goal,
  });
  return [
    line("up", "Mininet", theirs, goals.up),
    line("down", "Mininet", theirs, goals.down),
    line("up", "ip -batch", plain, 0.5),
    line("down", "ip -batch", plain, 0.5),
  ];
}
