import { release } from "node:os";

/** The running kernel's release, as `uname -r` prints it. */
export function kernelRelease(): string {
  return release();
}
