import { spawn } from "node:child_process";
import { accessSync, constants, existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cacheFolder } from "./cache-directory.ts";
import { digestOf, fileStamp } from "./digest.ts";
import type { Accelerator } from "./qemu-arguments.ts";
import { qemuProgram } from "./qemu-program.ts";
import { writeWhole } from "./write-whole.ts";

const device = "/dev/kvm";

/**
 * What runs guests here. The device may be there and yet start nothing (nested virtualisation that is only half there),
 * so a kernel is given 2 s to say its first word; the answer is kept until QEMU or the kernel of this machine changes.
 */
export async function findAccelerator(kernel: string): Promise<Accelerator> {
  if (!isUsable()) return "tcg";
  const boot = await readFile("/proc/sys/kernel/random/boot_id", "utf8");
  const digest = digestOf([boot, await fileStamp(qemuProgram), await fileStamp(kernel)]);
  const answer = join(await cacheFolder("accelerator"), digest);
  if (existsSync(answer)) return (await readFile(answer, "utf8")) as Accelerator;
  const found = (await boots(kernel)) ? "kvm" : "tcg";
  await writeWhole(answer, [Buffer.from(found)]);
  return found;
}

function isUsable(): boolean {
  try {
    accessSync(device, constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** A kernel without root file system panics, and with `panic=-1` that ends QEMU: the sign that it ran. */
async function boots(kernel: string): Promise<boolean> {
  const directory = await mkdtemp(join(tmpdir(), "lab-kvm-"));
  const log = join(directory, "console");
  const args = [
    ...["-M", "q35", "-accel", "kvm", "-cpu", "host", "-m", "256"],
    ...["-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"],
    ...["-kernel", kernel, "-append", "console=ttyS0 panic=-1"],
    ...["-chardev", `file,id=console,path=${log}`, "-serial", "chardev:console"],
  ];
  const child = spawn(qemuProgram, args, { stdio: "ignore" });
  const ended = new Promise<void>((resolve) => {
    child.once("error", () => resolve());
    child.once("exit", () => resolve());
  });
  const limit = setTimeout(() => child.kill("SIGKILL"), 2000);
  try {
    await ended;
    return (await readFile(log, "latin1").catch(() => "")).includes("Linux version");
  } finally {
    clearTimeout(limit);
    await rm(directory, { recursive: true, force: true });
  }
}
