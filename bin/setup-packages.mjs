// Debian packages: what the lab needs of a system, told by a file of each so that nothing is started when all are there.
import { existsSync, readdirSync } from "node:fs";
import { fail, isRoot, networkAdvice, reasonIn, run, say } from "./setup-run.mjs";

const always = {
  iproute2: ["/usr/sbin/ip", "/sbin/ip", "/usr/bin/ip"],
  nftables: ["/usr/sbin/nft", "/sbin/nft"],
  libnftables1: [
    "/usr/lib/x86_64-linux-gnu/libnftables.so.1",
    "/usr/lib64/libnftables.so.1",
    "/usr/lib/libnftables.so.1",
  ],
  // Names of protocols, which rules are written and printed with.
  netbase: ["/etc/protocols"],
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

/** Package names and the files that show that they are there. */
export function packagesFor(purpose) {
  if (purpose === "check") return {};
  return purpose === "bench" ? { ...always, ...forBench } : always;
}

const install = ["apt-get", "-qq", "-y", "--no-install-recommends"];
// A fresh machine may just be updating itself.
const patience = ["-o", "DPkg::Lock::Timeout=300"];

export function installPackages(wanted) {
  const missing = missingOf(wanted);
  if (missing.length === 0) return;
  const list = missing.join(" ");
  const command = `apt-get install --no-install-recommends ${list}`;
  if (!existsSync("/usr/bin/apt-get")) {
    fail(
      `these Debian packages are missing, and this system has no apt-get: ${list}`,
      "install what they hold with your system's own packages",
    );
  }
  if (!isRoot) {
    fail(`these Debian packages are missing: ${list}`, `run as root: apt-get update && ${command}`);
  }
  say(`installing Debian packages: ${list}`);
  withLists(
    () => run([...install, ...patience, "install", ...missing]),
    (reason) => `apt-get cannot install ${list}: ${reason}`,
  );
  const still = missingOf(wanted);
  if (still.length > 0) {
    fail(
      `apt-get installed ${still.join(" ")}, and none of these files came with it: ${still.flatMap((name) => wanted[name]).join(" ")}`,
      "use Debian 12",
    );
  }
}

function missingOf(wanted) {
  return Object.keys(wanted).filter((name) => !wanted[name].some(existsSync));
}

/** Does something with apt; when it fails, or there are no lists of packages, once more after reading them again. */
export function withLists(act, sentence) {
  const first = hasLists() ? act() : undefined;
  if (first?.status === 0) return;
  const trouble = updateLists();
  const second = act();
  if (second.status === 0) return;
  // A list that could not be read is why a package is unknown, and apt-get update calls that a success.
  fail(sentence(trouble ?? reasonIn(second.output)), networkAdvice("/etc/apt"));
}

function hasLists() {
  const folder = "/var/lib/apt/lists";
  return existsSync(folder) && readdirSync(folder).some((name) => /_Packages(\.|$)/.test(name));
}

/** What went wrong, if anything did: a broken list of somebody else's packages need not matter. */
function updateLists() {
  if (!isRoot) return undefined;
  say("reading the lists of Debian packages");
  const { status, output } = run(["apt-get", "-qq", "update"]);
  return status === 0 && !/^W: Failed/m.test(output) ? undefined : reasonIn(output);
}
