import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import process from "node:process";

/** Where a program is: in PATH, or in the folders of system programs that a user's PATH leaves out. */
export function findProgram(name: string): string | undefined {
  // biome-ignore lint/style/noProcessEnv: where programs are looked for is told by this variable
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/sbin"];
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
