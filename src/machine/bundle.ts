import { createHash } from "node:crypto";
import { access, constants, mkdir, readFile, stat, symlink } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { cacheFolder } from "./guest/cache-directory.ts";
import { writeWhole } from "./guest/write-whole.ts";

/** One program as a plain JavaScript file: it starts in an emulated guest eight times faster than its sources. */
export type Bundle = { readonly file: string; readonly digest: string };

/** What a bundle was made of; while none of it has changed the bundle is still right. */
type Record = Bundle & { readonly inputs: readonly Input[] };
type Input = { readonly path: string; readonly size: number; readonly changed: number };

/** Compiled packages stay outside and are found through the folder the bundle lies in. */
const external = ["koffi"];

/**
 * Bundles the program that starts with `entry` (relative to the project), unless its sources are as they were.
 *
 * The file is FOLDER/DIGEST/NAME.mjs, the digest being that of its bytes: two bundles with the same digest are the same
 * program. The folder is PROJECT/node_modules/.cache/lab, or one in the own cache for who may not write there.
 */
export async function bundleProgram(project: string, entry: string, name: string): Promise<Bundle> {
  const beside = join(project, "node_modules/.cache/lab");
  const recordName = `${name}-${digestOf(entry)}.json`;
  const made = await usable(project, join(beside, recordName));
  if (made !== undefined) return made;
  const folder = (await isWritable(beside)) ? beside : await ownFolder(project);
  const own = folder === beside ? undefined : await usable(project, join(folder, recordName));
  if (own !== undefined) return own;
  const { inputs, ...bundle } = await build(project, entry, name, folder);
  await writeWhole(join(folder, recordName), [Buffer.from(JSON.stringify({ ...bundle, inputs }))]);
  return bundle;
}

async function usable(project: string, recordPath: string): Promise<Bundle | undefined> {
  const known = await readRecord(recordPath);
  if (known === undefined || !(await isCurrent(project, known))) return undefined;
  return { file: known.file, digest: known.digest };
}

async function isWritable(folder: string): Promise<boolean> {
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** Packages are looked for upwards of a program, so the folder has a link to them. */
async function ownFolder(project: string): Promise<string> {
  const folder = await cacheFolder("programs", digestOf(project));
  await symlink(join(project, "node_modules"), join(folder, "node_modules")).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
    },
  );
  return folder;
}

async function build(project: string, entry: string, name: string, cache: string): Promise<Record> {
  // Only now: loading the bundler takes longer than finding that there is nothing to do.
  const { build: bundle } = await import("esbuild");
  const { outputFiles, metafile } = await bundle({
    absWorkingDir: project,
    entryPoints: [entry],
    bundle: true,
    write: false,
    metafile: true,
    platform: "node",
    format: "esm",
    target: "node24",
    external,
    logLevel: "silent",
    // Packages in the older module format call require(), which an ES module has to make for itself.
    banner: {
      js: `import { createRequire as createLabRequire } from "node:module"; const require = createLabRequire(import.meta.url);`,
    },
  });
  const bytes = outputFiles[0]?.contents ?? new Uint8Array();
  const digest = digestOf(bytes);
  const file = join(cache, digest, `${name}.mjs`);
  await mkdir(dirname(file), { recursive: true });
  await writeWhole(file, [bytes]);
  const inputs = await Promise.all(
    [...Object.keys(metafile.inputs), "package-lock.json"].map((path) => inputOf(project, path)),
  );
  return { file, digest, inputs: inputs.filter((input) => input !== undefined) };
}

const digestOf = (content: string | Uint8Array): string =>
  createHash("sha256").update(content).digest("hex").slice(0, 16);

async function readRecord(path: string): Promise<Record | undefined> {
  const text = await readFile(path, "utf8").catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as Record);
}

async function isCurrent(project: string, record: Record): Promise<boolean> {
  const now = await Promise.all(record.inputs.map(({ path }) => inputOf(project, path)));
  const isSame = record.inputs.every(
    ({ size, changed }, index) => now[index]?.size === size && now[index]?.changed === changed,
  );
  return isSame && (await stat(record.file).catch(() => undefined)) !== undefined;
}

async function inputOf(project: string, path: string): Promise<Input | undefined> {
  const status = await stat(join(project, path)).catch(() => undefined);
  if (status === undefined) return undefined;
  return {
    path: relative(project, join(project, path)),
    size: status.size,
    changed: status.mtimeMs,
  };
}
