// Makes a fresh Debian 12 ready for the lab: `node bin/setup.mjs [demo|test|check|bench]`. Does nothing, quickly, when
// nothing is missing. Plain JavaScript without packages, for any Node from 20 on.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { fetchKernel, hasKernel } from "./setup-kernel.mjs";

const project = dirname(dirname(fileURLToPath(import.meta.url)));
const purpose = process.argv[2] ?? "demo";
const isRoot = process.geteuid?.() === 0;

/** Debian package, and a file that shows that it is there. */
const always = {
  iproute2: ["/usr/sbin/ip", "/sbin/ip", "/usr/bin/ip"],
  nftables: ["/usr/sbin/nft", "/sbin/nft"],
  libnftables1: ["/usr/lib/x86_64-linux-gnu/libnftables.so.1"],
  "qemu-system-x86": ["/usr/bin/qemu-system-x86_64"],
  tcpdump: ["/usr/bin/tcpdump", "/usr/sbin/tcpdump"],
  tshark: ["/usr/bin/tshark"],
  ethtool: ["/usr/sbin/ethtool", "/sbin/ethtool"],
  "busybox-static": ["/usr/bin/busybox", "/bin/busybox"],
  "xz-utils": ["/usr/bin/xz"],
  "iputils-ping": ["/usr/bin/ping", "/bin/ping"],
};
const forBench = {
  mininet: ["/usr/bin/mn"],
  "bridge-utils": ["/usr/sbin/brctl", "/sbin/brctl"],
  "netcat-openbsd": ["/usr/bin/nc", "/bin/nc"],
  iperf3: ["/usr/bin/iperf3"],
};
const wanted = purpose === "bench" ? { ...always, ...forBench } : purpose === "check" ? {} : always;

try {
  installPackages();
  installNodeModules();
  if (purpose !== "check" && !hasKernel()) fetchKernel(say, run, fail, updateLists);
} catch (error) {
  if (error?.fix === undefined) throw error;
  process.stderr.write(`setup: ${error.message}\n  fix: ${error.fix}\n`);
  process.exitCode = 4;
}

function installPackages() {
  const missing = Object.keys(wanted).filter((name) => !wanted[name].some(existsSync));
  if (missing.length === 0) return;
  const list = missing.join(" ");
  const command = `apt-get install --no-install-recommends ${list}`;
  if (!existsSync("/usr/bin/apt-get")) {
    fail(
      `these programs are missing, and this system has no apt-get: ${list}`,
      "install them with your system's own packages",
    );
  }
  if (!isRoot) {
    fail(`these Debian packages are missing: ${list}`, `run as root: apt-get update && ${command}`);
  }
  say(`installing Debian packages: ${list}`);
  const install = ["apt-get", "-qq", "-y", "--no-install-recommends", "install", ...missing];
  if (hasLists() && run(install).status === 0) return;
  updateLists();
  const { status, output } = run(install);
  if (status !== 0)
    fail(
      `apt-get cannot install ${list}: ${lastLine(output)}`,
      `run \`${command}\` and read what it says`,
    );
}

function hasLists() {
  const folder = "/var/lib/apt/lists";
  return existsSync(folder) && readdirSync(folder).some((name) => /_Packages(\.|$)/.test(name));
}

function updateLists() {
  if (!isRoot) return;
  say("reading the lists of Debian packages");
  const { status, output } = run(["apt-get", "-qq", "update"]);
  if (status !== 0) {
    fail(
      `apt-get cannot read its package lists: ${lastLine(output)}`,
      "check the network, the proxy variables and /etc/apt, then run this again",
    );
  }
}

/** `npm install`, not `npm ci`: a mirror may lack optional binaries of other platforms that the lock file names. */
function installNodeModules() {
  const reason = whyInstall();
  if (reason === undefined) return;
  say(`installing npm packages (${reason})`);
  const { status, output } = run(["npm", "install", "--no-save", "--no-audit", "--no-fund"]);
  if (status !== 0 || !existsSync(join(project, "node_modules/.bin/node"))) {
    fail(
      `npm cannot install the packages: ${lastLine(output)}`,
      "check the network and npm's registry setting, then run `npm install` and read what it says",
    );
  }
}

function whyInstall() {
  if (!existsSync(join(project, "node_modules/.bin/node"))) return "there are none";
  const installed = packagesIn("node_modules/.package-lock.json");
  if (installed === undefined) return "their record is missing";
  for (const [path, { version, optional }] of Object.entries(
    packagesIn("package-lock.json") ?? {},
  )) {
    if (path === "" || optional) continue;
    if (installed[path]?.version !== version)
      return `${path.replace(/^.*node_modules\//, "")} is not at ${version}`;
  }
  return undefined;
}

function packagesIn(name) {
  try {
    return JSON.parse(readFileSync(join(project, name), "utf8")).packages;
  } catch {
    return undefined;
  }
}

/** Proxy variables reach the program with the rest of the environment. */
function run([command, ...args], cwd = project) {
  // biome-ignore lint/style/noProcessEnv: a program that is started inherits all of it
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd,
    env,
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  return {
    status,
    stdout: stdout ?? "",
    output: `${stdout ?? ""}${stderr ?? ""}${error?.message ?? ""}`,
  };
}

function lastLine(text) {
  const lines = text.trim().split("\n");
  return (
    lines.findLast((line) => /^(E:|npm error)/.test(line) && !line.includes("complete log")) ??
    lines.at(-1) ??
    ""
  ).trim();
}

function say(text) {
  process.stderr.write(`setup: ${text}\n`);
}

function fail(message, fix) {
  throw Object.assign(new Error(message), { fix });
}
