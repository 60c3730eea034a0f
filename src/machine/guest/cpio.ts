/** One member of an archive; `mode` carries the file type bits too (0o100644, 0o040755, 0o120777). */
export type CpioEntry = {
  readonly path: string;
  readonly mode: number;
  readonly content: Uint8Array;
};

const encoder = new TextEncoder();
const hexadecimal = (value: number): string => value.toString(16).padStart(8, "0");
const aligned = (length: number): number => (length + 3) & ~3;

function header(entry: CpioEntry, inode: number): string {
  const nameSize = encoder.encode(entry.path).length + 1;
  const fields = [inode, entry.mode, 0, 0, 1, 0, entry.content.length, 0, 0, 0, 0, nameSize, 0];
  return `070701${fields.map(hexadecimal).join("")}${entry.path}\0`;
}

/**
 * The parts of an archive in the "newc" format that the kernel unpacks (Documentation/driver-api/early-userspace/buffer-format):
 * write them one after another. Owner is root, times are zero, so that the same entries give the same bytes.
 */
export function* cpioParts(entries: Iterable<CpioEntry>): Generator<Uint8Array> {
  let inode = 1;
  const trailer = { path: "TRAILER!!!", mode: 0, content: new Uint8Array() };
  for (const entry of [...entries, trailer]) {
    const head = encoder.encode(header(entry, entry === trailer ? 0 : inode++));
    yield padded(head);
    yield entry.content;
    yield new Uint8Array(aligned(entry.content.length) - entry.content.length);
  }
}

function padded(bytes: Uint8Array): Uint8Array {
  const whole = new Uint8Array(aligned(bytes.length));
  whole.set(bytes);
  return whole;
}

/** A folder, a file, a symbolic link: the three kinds that an initramfs of ours holds. */
export const folder = (path: string, mode = 0o755): CpioEntry => ({
  path,
  mode: 0o040000 | mode,
  content: new Uint8Array(),
});

export const file = (path: string, content: Uint8Array | string, mode = 0o644): CpioEntry => ({
  path,
  mode: 0o100000 | mode,
  content: typeof content === "string" ? encoder.encode(content) : content,
});

export const link = (path: string, target: string): CpioEntry => ({
  path,
  mode: 0o120777,
  content: encoder.encode(target),
});
