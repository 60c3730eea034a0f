import {
  closeSync,
  fstatSync,
  fsyncSync,
  openSync,
  readFileSync,
  readSync,
  writeSync,
} from "node:fs";

/** A file that only grows, each piece on the disk before the call returns. */
export class AppendFile implements Disposable {
  readonly #fd: number;

  /** Made with mode 0600 when missing. */
  constructor(path: string) {
    this.#fd = openSync(path, "a+", 0o600);
    // A kill in the middle of a write leaves half a line; what follows must not be glued to it.
    const { size } = fstatSync(this.#fd);
    const last = Buffer.alloc(1);
    if (size > 0 && readSync(this.#fd, last, 0, 1, size - 1) === 1 && last[0] !== 0x0a) {
      this.append("\n");
    }
  }

  append(text: string): void {
    writeSync(this.#fd, text);
    fsyncSync(this.#fd);
  }

  [Symbol.dispose](): void {
    closeSync(this.#fd);
  }
}

/** The non-empty lines of a text file; none when it does not exist. */
export function readLines(path: string): readonly string[] {
  try {
    return readFileSync(path, "utf8")
      .split("\n")
      .filter((line) => line !== "");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}
