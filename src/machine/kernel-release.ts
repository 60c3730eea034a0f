import { release } from "node:os";

/** The running kernel's release, as `uname -r` prints it. */
export function kernelRelease(): string {
  return release();
}

/** Of the Node that runs this: `24.21.0`. */
export function nodeVersion(): string {
  return process.versions.node;
}
