import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { listNamespaces } from "../../src/machine/netns/named.ts";

const program = join(dirname(dirname(import.meta.dirname)), "src/cli/lab.ts");

/** What a command of the lab left behind when it ended. */
export type Ended = {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
  readonly milliseconds: number;
};

/** A command of the lab that runs. */
export type Running = { readonly pid: number; readonly ended: Promise<Ended> };

let labs = 0;

/** A place for labs of one test: a state directory, topology files and lab names that nobody else has. */
export class Stage implements AsyncDisposable {
  readonly directory: string = mkdtempSync(join(tmpdir(), "lab-life-"));
  readonly state: string = join(this.directory, "state");

  /** A lab name that is nobody else's. */
  name(): string {
    labs += 1;
    return `life${process.pid}-${labs}`;
  }

  write(name: string, text: string): string {
    const path = join(this.directory, `${name}.yml`);
    writeFileSync(path, text);
    return path;
  }

  start(...words: readonly string[]): Running {
    return this.startWith({}, ...words);
  }

  /** With more in its environment. */
  startWith(more: Readonly<Record<string, string>>, ...words: readonly string[]): Running {
    const began = performance.now();
    // biome-ignore lint/style/noProcessEnv: a program that is started inherits all of it
    const env = { ...process.env, LAB_STATE: this.state, ...more };
    const child = spawn(process.execPath, ["--no-warnings", program, ...words], {
      env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const text = { out: "", err: "" };
    child.stdout.on("data", (data: Buffer) => {
      text.out += data.toString();
    });
    child.stderr.on("data", (data: Buffer) => {
      text.err += data.toString();
    });
    const ended = once(child, "close").then(([code]) => {
      return { code: code as number | null, ...text, milliseconds: performance.now() - began };
    });
    return { pid: child.pid ?? 0, ended };
  }

  async lab(...words: readonly string[]): Promise<Ended> {
    return await this.start(...words).ended;
  }

  /** @throws when the command does not end with 0. */
  async ok(...words: readonly string[]): Promise<string> {
    const { code, out, err } = await this.lab(...words);
    if (code !== 0) throw new Error(`lab ${words.join(" ")} ended with ${code}: ${out}${err}`);
    return out;
  }

  journal(lab: string): string {
    return join(this.state, lab, "journal.jsonl");
  }

  /** Daemons, guests and recorders of this stage's labs. */
  processes(): readonly number[] {
    return processesOf(this.directory).map(({ pid }) => pid);
  }

  /** Everything of this stage's labs that is still there. */
  leftovers(): readonly string[] {
    const prefix = `lab-life${process.pid}-`;
    const namespaces = listNamespaces().filter(({ name }) => name.startsWith(prefix));
    return [
      ...namespaces.map(({ name }) => `namespace ${name}`),
      ...processesOf(this.directory).map(({ pid, words }) => `process ${pid} ${words}`),
      ...(existsSync(this.state) ? readdirSync(this.state).map((name) => `file ${name}`) : []),
    ];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { err, code } = await this.lab("down", "--all", "--quiet");
    const left = this.leftovers();
    rmSync(this.directory, { recursive: true, force: true });
    if (code !== 0 || left.length > 0) throw new Error(`left after the test: ${left}\n${err}`);
  }
}

/** Processes with a path below `directory` on their command line: daemons, guests, recorders. */
export function processesOf(
  directory: string,
): readonly { readonly pid: number; readonly words: string }[] {
  return readdirSync("/proc").flatMap((entry) => {
    if (!/^\d+$/.test(entry) || Number(entry) === process.pid) return [];
    const words = commandLine(Number(entry));
    return words.includes(directory) ? [{ pid: Number(entry), words }] : [];
  });
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
  } catch {
    return ""; // it has ended
  }
}

/** The daemon of a lab. @throws when it does not run. */
export function daemonOf(stage: Stage, lab: string): number {
  const found = processesOf(join(stage.state, lab)).find(({ words }) =>
    words.includes("--journal"),
  );
  if (found === undefined) throw new Error(`no daemon of ${lab} runs`);
  return found.pid;
}

/** Output of a program; of `ip -j` and the like use `json`. */
export function run(command: string, ...args: readonly string[]): string {
  return execFileSync(command, args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

export function json<Value>(command: string, ...args: readonly string[]): Value {
  return JSON.parse(run(command, ...args) || "[]") as Value;
}

/** Waits for something to become true. @throws when it has not after `within` milliseconds. */
export async function eventually(
  what: string,
  isTrue: () => boolean,
  within = 5000,
): Promise<void> {
  const deadline = performance.now() + within;
  while (!isTrue()) {
    if (performance.now() > deadline) throw new Error(`never: ${what}`);
    await pause(2);
  }
}

/**
 * A host with a virtual switch without VLANs and uplink, a router with a firewall between two servers: needs nothing of
 * the kernel but veth, bridge and nftables. `extra` adds a workload to the switch.
 */
export function plain(lab: string, options: { readonly extra?: boolean } = {}): string {
  const extra =
    "  x: { host: hv1, portGroup: lan, addresses: [10.71.0.9/24], services: [tcp/90] }\n";
  return `name: ${lab}
hosts:
  hv1: { switches: { vs0: { portGroups: { lan: untagged } } } }
routers:
  r1:
    nics: [eth0, eth1]
    interfaces:
      - { parent: eth0, addresses: [10.73.0.1/24, "fd00:73::1/64"] }
      - { parent: eth1, addresses: [10.72.0.1/24] }
    firewall: { policy: accept, rules: [{ drop: tcp/8443, from: 10.73.0.0/24 }] }
workloads:
  a: { host: hv1, portGroup: lan, addresses: [10.71.0.2/24, "fd00:71::2/64"], services: [tcp/80, udp/53] }
  c: { host: hv1, portGroup: lan, addresses: [10.71.0.3/24] }
  b: { addresses: [10.72.0.2/24], gateway: 10.72.0.1, services: [tcp/443] }
  d: { addresses: [10.73.0.2/24, "fd00:73::2/64"], gateway: 10.73.0.1 }
${options.extra === true ? extra : ""}links:
  - [r1:eth0, d:eth0]
  - [r1:eth1, b:eth0]
`;
}

/** Everything of the root network namespace that a lab could disturb, as text to compare; counters and ages left out. */
export function rootNamespace(): string {
  const tables = [
    ["link"],
    ["addr"],
    ["route", "show", "table", "all"],
    ["-6", "route", "show", "table", "all"],
    ["rule"],
    ["-6", "rule"],
  ];
  return [
    ...tables.map((words) =>
      run("ip", "-details", ...words).replaceAll(/(valid|preferred)_lft \S+/g, ""),
    ),
    run("nft", "list", "ruleset"),
    ...["-Hlntup", "-Hl0p", "-Hlwp"].map((words) => ourSockets(run("ss", words))),
    sysctls("/proc/sys/net"),
  ].join("\n---\n");
}

/** Those of this process and of daemons and recorders; what else this machine runs may come and go. */
function ourSockets(listed: string): string {
  const isOurs = (line: string): boolean =>
    [...line.matchAll(/pid=(\d+)/g)].some(([, pid]) => {
      return Number(pid) === process.pid || /--(journal|recorder)\b/.test(commandLine(Number(pid)));
    });
  return listed.split("\n").filter(isOurs).join("\n");
}

function sysctls(folder: string): string {
  return readdirSync(folder, { withFileTypes: true })
    .map((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return sysctls(path);
      if (entry.name === "nf_conntrack_count") return "";
      return `${path} ${readable(path)}\n`;
    })
    .join("");
}

/** Some keys can only be written. */
function readable(path: string): string {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return "";
  }
}

/** Identity of a node and its interfaces: equal exactly when nothing was made anew. */
export function identity(namespace: string): string {
  const links = json<{ ifindex: number; ifname: string }[]>("ip", "-n", namespace, "-j", "link");
  const names = links.map(({ ifindex, ifname }) => `${ifindex}:${ifname}`);
  return `${statSync(`/run/netns/${namespace}`).ino} ${names.join(" ")}`;
}
