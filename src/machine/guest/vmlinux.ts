import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { LabError } from "../../units/lab-error.ts";
import { cacheFolder } from "./cache-directory.ts";
import { decompress } from "./decompress.ts";
import { digestOf, fileStamp } from "./digest.ts";
import type { Kernel } from "./kernel.ts";
import { writeWhole } from "./write-whole.ts";

/** Offsets in the setup header of an x86 image (Documentation/x86/boot.rst, "The Real-Mode Kernel Header"). */
const offsets = { setupSectors: 0x1f1, magic: 0x202, payloadOffset: 0x248, payloadLength: 0x24c };

/**
 * The kernel without its compression, from the cache where possible: under plain emulation, unpacking inside the guest
 * would take 3 s of each boot.
 */
export async function vmlinux(kernel: Kernel): Promise<string> {
  const digest = digestOf([await fileStamp(kernel.image)]);
  const path = join(await cacheFolder("vmlinux"), `${kernel.release}-${digest}`);
  if (!existsSync(path)) await writeWhole(path, [await unpack(await readFile(kernel.image))]);
  return path;
}

/** @throws LabError when the image has no payload or the payload is no ELF file. */
export async function unpack(image: Buffer): Promise<Buffer> {
  if (image.toString("latin1", offsets.magic, offsets.magic + 4) !== "HdrS") {
    throw notAKernel("it has no Linux boot header");
  }
  const setup = ((image[offsets.setupSectors] || 4) + 1) * 512;
  const start = setup + image.readUInt32LE(offsets.payloadOffset);
  const payload = image.subarray(start, start + image.readUInt32LE(offsets.payloadLength));
  const isGzip = payload.readUInt16BE(0) === 0x1f8b;
  const elf = await decompress(isGzip ? payload : payload.subarray(0, -4));
  // All formats end with the unpacked length: gzip by its own definition, the others by the kernel's build.
  if (elf.length !== payload.readUInt32LE(payload.length - 4)) {
    throw notAKernel("its payload is damaged");
  }
  if (elf.toString("latin1", 1, 4) !== "ELF") throw notAKernel("its payload is no ELF file");
  return elf;
}

function notAKernel(reason: string): LabError {
  return new LabError("LAB_E_GUEST_KERNEL", `cannot use the kernel image: ${reason}`, {
    fix: "run `node bin/setup.mjs` to fetch Debian's kernel package again",
  });
}
