import { existsSync } from "node:fs";
import { lstat, readdir, readFile, readlink } from "node:fs/promises";
import { type CpioEntry, file, folder, link } from "./cpio.ts";
import { fileStamp } from "./digest.ts";

/** The part of /etc that programs need and that tells an attacker in the guest nothing: no keys, no passwords, no people. */
const copied = [
  "ld.so.cache",
  "ld.so.conf",
  "protocols",
  "services",
  "ethertypes",
  "iproute2",
  "alternatives",
  "ssl/openssl.cnf",
];

const written: readonly CpioEntry[] = [
  file("etc/hosts", "127.0.0.1 localhost\n::1 localhost\n"),
  file("etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\nservices: files\n"),
  file("etc/hostname", "guest\n"),
  folder("etc/modprobe.d"),
  // These drivers would put a first device into the network by themselves.
  file(
    "etc/modprobe.d/lab.conf",
    "options bonding max_bonds=0\noptions dummy numdummies=0\noptions ifb numifbs=0\n",
  ),
];

export async function etcStamps(): Promise<readonly string[]> {
  const present = [...copied, "passwd", "group"].map((name) => `/etc/${name}`).filter(existsSync);
  return await Promise.all(present.map(fileStamp));
}

export async function etcEntries(): Promise<readonly CpioEntry[]> {
  const all: CpioEntry[] = [...written];
  for (const name of copied) {
    if (name.includes("/")) all.push(folder(`etc/${name.slice(0, name.indexOf("/"))}`));
    all.push(...(await copy(`/etc/${name}`)));
  }
  const passwd = await systemAccounts("/etc/passwd");
  const group = await systemAccounts("/etc/group");
  return [...all, file("etc/passwd", passwd), file("etc/group", group)];
}

async function copy(path: string): Promise<readonly CpioEntry[]> {
  if (!existsSync(path)) return [];
  const place = path.slice(1);
  const status = await lstat(path);
  if (status.isSymbolicLink()) return [link(place, await readlink(path))];
  if (status.isFile()) return [file(place, await readFile(path))];
  if (!status.isDirectory()) return [];
  const below = await Promise.all((await readdir(path)).map((name) => copy(`${path}/${name}`)));
  return [folder(place), ...below.flat()];
}

/** Lines of accounts that packages made (ids below 1000, and nobody); the host's people stay out. */
async function systemAccounts(path: string): Promise<string> {
  const lines = (await readFile(path, "utf8")).split("\n").filter((line) => {
    const id = Number(line.split(":")[2] ?? Number.NaN);
    return id < 1000 || id === 65_534;
  });
  return `${lines.join("\n")}\n`;
}
