import { createReadStream } from "node:fs";
import { readdir } from "node:fs/promises";
import { join, relative, sep } from "node:path";

/** A folder read by relative paths, for code that must not know where it lies. */
export type FolderFiles = {
  list(): Promise<readonly string[]>;
  read(path: string): AsyncIterable<Uint8Array>;
};

const chunkBytes = 4 * 1024 * 1024;

export function folderFiles(folder: string): FolderFiles {
  return {
    list: async () => {
      const entries = await readdir(folder, { recursive: true, withFileTypes: true });
      return entries
        .filter((entry) => entry.isFile())
        .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join("/"))
        .sort();
    },
    read: (path) => createReadStream(join(folder, path), { highWaterMark: chunkBytes }),
  };
}
