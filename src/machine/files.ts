import * as fs from "node:fs";
import { dirname } from "node:path";

/** The text of a file; undefined when there is none. */
export function readFileSync(path: string): string | undefined {
  try {
    return fs.readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** Writes a file whole or not at all: under another name first, then renamed. Folders are made. */
export function writeFileSync(path: string, content: string | Uint8Array, mode = 0o644): void {
  fs.mkdirSync(dirname(path), { recursive: true });
  const draft = `${path}.${process.pid}.new`;
  fs.writeFileSync(draft, content, { mode });
  fs.renameSync(draft, path);
}

/** Moves a file, also to another file system. */
export function moveFile(from: string, to: string): void {
  fs.mkdirSync(dirname(to), { recursive: true });
  try {
    fs.renameSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EXDEV") throw error;
    fs.copyFileSync(from, to);
    fs.rmSync(from);
  }
}

/** Names in a folder, sorted; none when it does not exist. */
export function listFiles(folder: string): readonly string[] {
  return fs.existsSync(folder) ? fs.readdirSync(folder).sort() : [];
}

export function makeFolder(path: string, mode = 0o755): void {
  fs.mkdirSync(path, { recursive: true, mode });
}

/** Removes a file or folder with all in it; nothing when it is not there. */
export function removePath(path: string): void {
  fs.rmSync(path, { recursive: true, force: true });
}

/** Writes a file's bytes to standard output. */
export function copyToOutput(path: string): void {
  fs.writeSync(1, fs.readFileSync(path));
}
