import { createHash } from "node:crypto";
import {
  dropsFile,
  type FactFile,
  factsDirectory,
  probesFile,
  type RecordingCounts,
  type RunLine,
  serialiseDrops,
  serialiseFact,
  serialiseRunLine,
} from "../evidence/run-directory.ts";
import { AppendFile } from "../machine/append-file.ts";
import { makeFolder, moveFile, writeFileSync } from "../machine/files.ts";

/** What a run says of itself beside its evidence; `run.json`. */
export type RunDescription = {
  readonly toolVersion: string;
  readonly lab: string;
  readonly machines: readonly {
    readonly name: string;
    readonly kind: string;
    readonly kernel: string;
  }[];
  /** ISO 8601. */
  readonly startedAt: string;
  /** Several machines only: how far their clocks were from the lab's own when the run began. */
  readonly clocks?: readonly {
    readonly machine: string;
    readonly before: string;
    readonly after: string;
    readonly uncertainty: string;
  }[];
  /** Ids of the checks that were asked for. */
  readonly checks: readonly string[];
  /** Checks whose work in the lab ended in error. */
  readonly errors?: readonly { readonly id: string; readonly message: string }[];
};

export const runFile = "run.json";
export const topologyFile = "topology.yml";
export const planFile = "plan.json";

/** Writes a run directory as the run goes on: what is known is on the disk, also when the run is cut off. */
export class RunWriter implements Disposable {
  readonly directory: string;
  readonly #probes: AppendFile;
  readonly #recordings: RecordingCounts[] = [];
  #facts = 0;

  constructor(directory: string) {
    makeFolder(`${directory}/points`);
    makeFolder(`${directory}/${factsDirectory}`);
    this.directory = directory;
    this.#probes = new AppendFile(`${directory}/${probesFile}`);
  }

  writeText(name: string, text: string): void {
    writeFileSync(`${this.directory}/${name}`, text);
  }

  writeLine(line: RunLine): void {
    this.#probes.append(serialiseRunLine(line));
  }

  /** Facts are numbered in the order they were read; the name says what of which node. */
  writeFact(fact: FactFile): void {
    this.#facts += 1;
    const { query, moment } = fact;
    const number = String(this.#facts).padStart(3, "0");
    const name = `${number}-${query.node}-${query.kind}-${moment}.json`;
    this.writeText(`${factsDirectory}${name}`, serialiseFact(fact));
  }

  /** Takes a finished recording in, under `points/`; counts are kept also where there is no file. */
  takeRecording(from: string | undefined, counts: RecordingCounts): void {
    if (from !== undefined) moveFile(from, `${this.directory}/${counts.recording}`);
    this.#recordings.push(counts);
    this.writeText(dropsFile, serialiseDrops({ recordings: this.#recordings }));
  }

  [Symbol.dispose](): void {
    this.#probes[Symbol.dispose]();
  }
}

/** `sha256:` and the digest of a topology file's text, by which results are told to be of one topology. */
export function topologyDigest(text: string): string {
  return `sha256:${createHash("sha256").update(text).digest("hex")}`;
}
