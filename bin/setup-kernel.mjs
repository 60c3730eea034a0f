// The kernel that guests boot: one that is installed, or Debian's package unpacked into a cache. It is never installed.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { withLists } from "./setup-packages.mjs";
import { fail, isRoot, project, run, say } from "./setup-run.mjs";

const everybodys = "/var/cache/lab";
const draft = "kernel-new-";

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

export function fetchKernel() {
  const cache = cacheDirectories()[0];
  mkdirSync(cache, { recursive: true });
  removeDrafts(cache);
  const place = mkdtempSync(join(cache, draft));
  try {
    download(place, cache);
    unpack(place);
    rmSync(join(cache, "kernel"), { recursive: true, force: true });
    renameSync(join(place, "kernel"), join(cache, "kernel"));
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

/** What an interrupted set-up left; one of the last hour may be at work. */
function removeDrafts(cache) {
  for (const name of namesIn(cache).filter((entry) => entry.startsWith(draft))) {
    const path = join(cache, name);
    if (Date.now() - statSync(path).mtimeMs > 3_600_000) rmSync(path, { recursive: true });
  }
}

function download(place, cache) {
  if (!isRoot && packageName() === undefined) {
    fail(
      "apt has no lists of packages, so it cannot find a kernel for guests",
      `run as root: node ${join(project, "bin/setup.mjs")}`,
    );
  }
  withLists(
    () => {
      const name = packageName();
      if (name === undefined) return { status: 1, output: "E: it knows no linux-image-amd64" };
      say(`unpacking ${name} into ${join(cache, "kernel")} for guests (nothing is installed)`);
      // Without this option apt warns that its own user cannot write here.
      return run(["apt-get", "-qq", "-o", "APT::Sandbox::User=root", "download", name], place);
    },
    (reason) => `apt-get cannot download a kernel for guests: ${reason}`,
  );
}

/** The versioned package behind the one that always means the newest kernel. */
function packageName() {
  const { stdout } = run(["apt-cache", "depends", "linux-image-amd64"]);
  return /Depends: (linux-image-\S+)/.exec(stdout)?.[1];
}

function unpack(place) {
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
