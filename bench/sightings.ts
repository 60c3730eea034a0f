import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Comparison, cellsOf, type Missing } from "./comparison.ts";
import {
  generateRecording,
  obstacle,
  peakMegabytes,
  type RecordingRequest,
  requestFrom,
  timeOurs,
  timeProcess,
} from "./generated-recording.ts";
import { type PlacedProbe, placeProbes } from "./probe-recording.ts";

const probes = 1000;
/** The token's magic at the start of the payload of an untagged IPv4 UDP datagram. */
const filter = "udp[8:4] = 0xd31ab0f5 and udp[12:4] = 0x9e6c4d27";
const memoryLimit = 200;

/** @throws Error when a sighting is missing, surplus or attributed to another frame. */
function requireAll(found: string, placed: readonly PlacedProbe[]): void {
  const expected = placed.map((one) => `${one.frame} ${one.index} ${one.sequence} ${one.vni}`);
  if (found.trim() !== expected.join("\n")) {
    throw new Error(
      `${found.trim().split("\n").length} sightings, not the ${expected.length} placed`,
    );
  }
}

/** @throws Error when tcpdump does not count the plain probes: then it did not do what we compare with. */
async function requireFilterWorks(path: string, plain: number): Promise<void> {
  const { stdout } = await promisify(execFile)("tcpdump", ["-r", path, "--count", filter]);
  const count = Number(/^(\d+) packets?/m.exec(stdout)?.[1]);
  if (count !== plain)
    throw new Error(`tcpdump counts ${count} plain probes, ${plain} were placed`);
}

/** Finding 1,000 probes of four kinds: all of them in the right frames, then how long each took. */
export async function compareSightings(
  request: RecordingRequest,
): Promise<readonly (Comparison | Missing)[]> {
  const what = `${probes} probes in a ${request.megabytes} MB recording`;
  const why = await obstacle(request, "tcpdump");
  if (why !== undefined) return [{ what, why }];
  await using recording = await generateRecording(request);
  const path = join(recording.folder, "with-probes.pcap");
  const placed = placeProbes(recording.path, path, probes);
  await requireFilterWorks(path, placed.filter((one) => one.plain).length);
  const output = join(recording.folder, "ours");
  const ours = await timeOurs("find-sightings.ts", path, output);
  const arguments_ = ["-r", path, "-w", "/dev/null", filter];
  const theirs = await timeProcess("tcpdump", arguments_, join(recording.folder, "tcpdump"));
  requireAll(await readFile(output, "utf8"), placed);
  const rival = "tcpdump -w /dev/null FILTER";
  const memory = { ours: peakMegabytes(ours), theirs: memoryLimit, rival: "limit", goal: 1 };
  return [
    { what, unit: "s", ours: ours.seconds, theirs: theirs.seconds, rival, goal: 0.25 },
    { what: `${what}: memory`, unit: "MB", ...memory },
  ];
}

if (import.meta.main) {
  for (const result of await compareSightings(requestFrom(process.argv))) {
    const text = "why" in result ? `${result.what}: ${result.why}` : cellsOf(result).join(" | ");
    process.stdout.write(`${text}\n`);
  }
}
