import { existsSync } from "node:fs";
import { readdir, readFile, readlink, realpath } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { LabError } from "../../units/lab-error.ts";
import { bootId } from "../process-identity.ts";
import { cacheFolder, keepNewest, touch } from "./cache-directory.ts";
import { type CpioEntry, cpioParts, file, folder, link } from "./cpio.ts";
import { digestOf, fileStamp } from "./digest.ts";
import { etcEntries, etcStamps } from "./etc.ts";
import { inGuest, initScript } from "./init-script.ts";
import type { Kernel } from "./kernel.ts";
import { sharedLibraries } from "./libraries.ts";
import { guestModules, moduleIndex, resolveModules } from "./modules.ts";
import { writeWhole } from "./write-whole.ts";

/** What goes into a guest beside the kernel. */
export type Contents = {
  readonly kernel: Kernel;
  /** The Node.js binary that runs the daemon. */
  readonly node: string;
  /** The daemon as one plain JavaScript file. */
  readonly daemon: string;
  /** Packages that file leaves unbundled, each the folder of a package; found there by their own name. */
  readonly packages: readonly { readonly name: string; readonly path: string }[];
};

/** Raised when the layout below changes, so that no stale archive is used. */
const layout = 1;

/** Each is some 140 MiB. */
const kept = 4;

/** The archive that the kernel unpacks as its first file system: from the cache, or built. */
export async function initramfs(contents: Contents): Promise<string> {
  const digest = await contentsDigest(contents);
  const cache = await cacheFolder("initramfs");
  const path = join(cache, `${digest}-${bootId()}`);
  if (existsSync(path)) {
    await touch(path);
  } else {
    await writeWhole(path, cpioParts(await entries(contents)), "until reboot");
    await keepNewest(cache, kept);
  }
  return path;
}

async function contentsDigest(contents: Contents): Promise<string> {
  const inputs = [await busyboxPath(), contents.node, contents.daemon, contents.kernel.image];
  const packages = contents.packages.map(({ path }) => join(path, "package.json"));
  const stamps = await Promise.all([...inputs, ...packages].map(fileStamp));
  return digestOf([
    String(layout),
    ...stamps,
    ...(await etcStamps()),
    ...guestModules,
    initScript(),
  ]);
}

async function busyboxPath(): Promise<string> {
  const found = ["/bin/busybox", "/usr/bin/busybox"].find((path) => existsSync(path));
  if (found !== undefined) return found;
  throw new LabError("LAB_E_GUEST_BUSYBOX", "there is no busybox to start a guest with", {
    fix: "run `node bin/setup.mjs` as root, or install the package busybox-static",
  });
}

async function entries(contents: Contents): Promise<readonly CpioEntry[]> {
  const base = [
    file("init", initScript(), 0o755),
    folder(".lab"),
    file(inGuest.busybox.slice(1), await readFile(await busyboxPath()), 0o755),
    link(inGuest.modprobe.slice(1), "busybox"),
    file(inGuest.node.slice(1), await readFile(contents.node), 0o755),
    ...(await daemonEntries(contents)),
    ...["proc", "sys", "dev", "root", "home", "mnt", "opt", "srv"].map((name) => folder(name)),
    folder("run"),
    ...["var", "var/lib", "var/log", "var/cache", "var/tmp", "etc"].map((name) => folder(name)),
    link("var/run", "/run"),
    ...(await etcEntries()),
    ...(await topFolders()),
    ...(await moduleEntries(contents.kernel)),
    ...(await libraryEntries(contents)),
  ];
  return unique(base);
}

async function daemonEntries(contents: Contents): Promise<readonly CpioEntry[]> {
  const home = dirname(inGuest.daemon).slice(1);
  const all = [
    folder(home),
    file(inGuest.daemon.slice(1), await readFile(contents.daemon)),
    folder(`${home}/node_modules`),
  ];
  for (const { name, path } of contents.packages) {
    if (name.includes("/")) all.push(folder(`${home}/node_modules/${dirname(name)}`));
    all.push(...(await tree(path, `${home}/node_modules/${name}`)));
  }
  return all;
}

/** A folder with what a running package needs; its sources in other languages and its manuals stay out. */
async function tree(path: string, place: string): Promise<readonly CpioEntry[]> {
  const all: CpioEntry[] = [folder(place)];
  for (const entry of await readdir(path, { withFileTypes: true })) {
    const [from, to] = [join(path, entry.name), `${place}/${entry.name}`];
    if (entry.isDirectory()) {
      if (!/^(doc|vendor|lib|musl_.*)$/.test(entry.name)) all.push(...(await tree(from, to)));
    } else if (/\.(c?js|mjs|json|node)$/.test(entry.name)) {
      all.push(file(to, await readFile(from), 0o755));
    }
  }
  return all;
}

/** /bin and its like: links into /usr as on the host, or folders to be filled with links when the share is there. */
async function topFolders(): Promise<readonly CpioEntry[]> {
  const all: CpioEntry[] = [folder("usr")];
  for (const name of ["bin", "sbin", "lib32", "lib64", "libx32"]) {
    if (!existsSync(`/${name}`)) continue;
    const target = await readlink(`/${name}`).catch(() => undefined);
    all.push(target === undefined ? folder(name) : link(name, target));
  }
  return [...all, folder("lib")];
}

/** /lib is a real folder, because the guest's modules live there and /usr cannot be written to. */
async function moduleEntries(kernel: Kernel): Promise<readonly CpioEntry[]> {
  const modules = await resolveModules(kernel, guestModules);
  const home = `lib/modules/${kernel.release}`;
  const index = moduleIndex(modules);
  const files = modules.flatMap(({ path, content }) => file(`${home}/${path}`, content));
  return [
    folder("lib/modules"),
    folder(home),
    ...parentsOf(files),
    ...files,
    file(`${home}/modules.dep`, index.dep),
    file(`${home}/modules.alias`, index.alias),
    file(`${home}/modules.symbols`, ""),
    file(inGuest.moduleList.slice(1), modules.map(({ name }) => name).join("\n")),
  ];
}

/** What Node and the unbundled packages are linked with, so that the daemon runs before any share is mounted. */
async function libraryEntries(contents: Contents): Promise<readonly CpioEntry[]> {
  const libraries = await sharedLibraries(contents.node);
  const files = await Promise.all(
    libraries.map(async (path) => {
      const usr = path.startsWith("/lib") ? `/usr${path}` : path;
      const merged = existsSync(usr) ? usr : path;
      return file(merged.slice(1), await readFile(await realpath(path)), 0o755);
    }),
  );
  const triplets = new Set(files.map(({ path }) => dirname(path)));
  const links = [...triplets]
    .filter((path) => path.startsWith("usr/lib/"))
    .map((path) => link(`lib/${basename(path)}`, `/${path}`));
  return [...parentsOf(files), ...files, ...links];
}

function parentsOf(files: readonly CpioEntry[]): readonly CpioEntry[] {
  const paths = new Set<string>();
  for (const { path } of files) {
    for (let up = dirname(path); up !== "."; up = dirname(up)) paths.add(up);
  }
  return [...paths].sort().map((path) => folder(path));
}

/** The first entry of a path wins: the kernel would follow a link that a later folder of the same name meets. */
function unique(all: readonly CpioEntry[]): readonly CpioEntry[] {
  const byPath = new Map<string, CpioEntry>();
  for (const entry of all) if (!byPath.has(entry.path)) byPath.set(entry.path, entry);
  return [...byPath.values()];
}
