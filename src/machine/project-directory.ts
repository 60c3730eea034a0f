import { dirname } from "node:path";

/** The folder of the project: where `node_modules` and the sources are. */
export function projectDirectory(): string {
  return dirname(dirname(import.meta.dirname));
}
