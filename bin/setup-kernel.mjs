// The kernel that guests boot: one that is installed, or Debian's package unpacked into a cache. It is never installed.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

const everybodys = "/var/cache/lab";

/** As src/machine/guest/cache-directory.ts has it. */
function cacheDirectories() {
  // biome-ignore lint/style/noProcessEnv: the XDG base directory specification names this variable
  const { LAB_CACHE: chosen, XDG_CACHE_HOME: xdg } = process.env;
  if (chosen) return [chosen, everybodys];
  if (process.geteuid?.() === 0) return [everybodys];
  return [join(xdg || join(homedir(), ".cache"), "lab"), everybodys];
}

/** A kernel counts only together with its modules. */
export function hasKernel() {
  return ["/", ...cacheDirectories().map((path) => join(path, "kernel"))].some((root) =>
    namesIn(join(root, "boot"))
      .filter((name) => name.startsWith("vmlinuz-"))
      .some((name) => existsSync(join(root, "lib/modules", name.slice(8), "modules.order"))),
  );
}

function namesIn(folder) {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Drivers that no emulated machine has: more than half of the package. */
const unneeded = [
  "sound",
  "drivers/gpu",
  "drivers/media",
  "drivers/infiniband",
  "drivers/staging",
  "drivers/iio",
];

export function fetchKernel(say, run, fail, updateLists) {
  if (process.arch !== "x64")
    fail("guests need an x86-64 machine", "use a machine with that processor");
  const cache = cacheDirectories()[0];
  mkdirSync(cache, { recursive: true });
  const place = mkdtempSync(join(cache, "kernel-new-"));
  try {
    if (packageName(run) === undefined) updateLists();
    const name = packageName(run);
    if (name === undefined) {
      fail(
        "apt knows no linux-image-amd64 to boot guests with",
        "run as root: apt-get update; on other systems install a kernel package with its modules",
      );
    }
    say(`unpacking ${name} into ${join(cache, "kernel")} for guests (nothing is installed)`);
    // Without this option apt warns that its own user cannot write here.
    const get = ["apt-get", "-qq", "-o", "APT::Sandbox::User=root", "download", name];
    if (run(get, place).status !== 0) {
      updateLists();
      const { status, output } = run(get, place);
      if (status !== 0)
        fail(
          `apt-get cannot download ${name}: ${output.trim().split("\n").at(-1)}`,
          "check the network, then run as root: apt-get update",
        );
    }
    unpack(place, run, fail);
    rmSync(join(cache, "kernel"), { recursive: true, force: true });
    renameSync(join(place, "kernel"), join(cache, "kernel"));
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

/** The versioned package behind the one that always means the newest kernel. */
function packageName(run) {
  const { stdout } = run(["apt-cache", "depends", "linux-image-amd64"]);
  return /Depends: (linux-image-\S+)/.exec(stdout)?.[1];
}

function unpack(place, run, fail) {
  const archive = readdirSync(place).find((name) => name.endsWith(".deb"));
  const { status, output } = run(["dpkg-deb", "-x", archive ?? "", "kernel"], place);
  if (status !== 0)
    fail(
      `dpkg-deb cannot unpack the kernel: ${output.trim()}`,
      "make 500 MB of room and run this again",
    );
  const kernel = join(place, "kernel");
  rmSync(join(kernel, "usr"), { recursive: true, force: true });
  const modules = join(kernel, "lib/modules");
  for (const release of namesIn(modules)) {
    for (const folder of unneeded) {
      rmSync(join(modules, release, "kernel", folder), { recursive: true, force: true });
    }
  }
}
