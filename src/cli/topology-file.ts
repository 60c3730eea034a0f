import { readFileSync } from "../machine/files.ts";
import { formatDiagnostic } from "../topology/diagnostic.ts";
import { parseTopology } from "../topology/parse.ts";
import type { Topology } from "../topology/topology.ts";
import { LabError } from "../units/lab-error.ts";

/** A topology file that is right. */
export type TopologyFile = {
  readonly path: string;
  readonly text: string;
  readonly topology: Topology;
};

/** Whether a word of the command line names a file rather than a lab: it has a slash or ends in .yml. */
export function isFile(word: string): boolean {
  return word.includes("/") || /\.ya?ml$/.test(word);
}

/** @throws LabError with all faults of the file, each with its line and column. */
export function readTopologyFile(path: string): TopologyFile {
  const text = readFileSync(path);
  if (text === undefined) {
    throw new LabError("LAB_E_FILE_ABSENT", `there is no file ${path}`, {
      fix: "give the path of a topology file; `ls topologies/` shows those that came with lab",
      exitCode: 2,
    });
  }
  const parsed = parseTopology(text, path);
  if ("topology" in parsed) return { path, text, topology: parsed.topology };
  const lines = parsed.diagnostics.map(formatDiagnostic);
  const count = lines.length === 1 ? "1 fault" : `${lines.length} faults`;
  throw new LabError("LAB_E_TOPOLOGY", `${count} in ${path}\n${lines.join("\n")}`, {
    fix: "mend the lines above; `lab validate FILE` looks again",
    exitCode: 2,
  });
}

/** The topology a lab was brought up with. */
export function topologyOfText(text: string, path: string): Topology | undefined {
  const parsed = parseTopology(text, path);
  return "topology" in parsed ? parsed.topology : undefined;
}
