import { accessSync, constants, existsSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import process from "node:process";
import { LabError } from "../units/lab-error.ts";

/**
 * Where the results of a name go: to the folder asked for, else to results/NAME here, else, where this folder belongs to
 * somebody else, to lab/results/NAME in the user's data folder. Makes nothing.
 *
 * @throws LabError at once when nothing can be written there: before a lab is brought up for it.
 */
export function chooseResults(asked: string | undefined): (name: string) => string {
  const roots = asked === undefined ? ["results", join(dataDirectory(), "results")] : [asked];
  const root = roots.find(isWritable);
  if (root === undefined) {
    throw new LabError("LAB_E_RESULTS_FOLDER", `results cannot be written to ${roots.join(", ")}`, {
      fix: "name a folder of your own with --results DIR",
      exitCode: 2,
    });
  }
  return (name) => {
    if (asked !== undefined) return asked;
    const folders = roots.map((path) => join(path, name));
    return folders.find(isWritable) ?? join(root, name);
  };
}

function dataDirectory(): string {
  // biome-ignore lint/style/noProcessEnv: the XDG base directory specification names this variable
  const { XDG_DATA_HOME: xdg } = process.env;
  return join(xdg || join(homedir(), ".local", "share"), "lab");
}

/** Whether files can be made in a folder that may have to be made itself. */
function isWritable(path: string): boolean {
  let nearest = resolve(path);
  while (!existsSync(nearest)) nearest = dirname(nearest);
  try {
    accessSync(join(nearest, "."), constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
