import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);
const loader = "/lib64/ld-linux-x86-64.so.2";

/** Absolute paths of the shared libraries that a program is linked with, its loader first; asked of the loader itself. */
export async function sharedLibraries(program: string): Promise<readonly string[]> {
  const { stdout } = await run(loader, ["--list", program]);
  const found = [...stdout.matchAll(/=> (\/\S+)/g)].map((match) => match[1] ?? "");
  return [loader, ...found.filter((path) => path !== loader)];
}
