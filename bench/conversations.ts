import { readFile } from "node:fs/promises";
import { join } from "node:path";
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

const rival = "tshark -q -z conv,ip";
const memoryLimit = 200;

/** @throws Error naming the first row that differs. */
function requireEqualRows(ours: string, theirs: string): number {
  const left = ours.split("\n");
  const right = theirs.split("\n");
  for (let row = 0; row < Math.max(left.length, right.length); row++) {
    if (left[row] !== right[row]) {
      throw new Error(`row ${row + 1} differs\n  ours   ${left[row]}\n  tshark ${right[row]}`);
    }
  }
  return left.length;
}

/** The conversation table of a generated recording: equal row by row, then how long each took. */
export async function compareConversations(
  request: RecordingRequest,
): Promise<readonly (Comparison | Missing)[]> {
  const what = `conversations of a ${request.megabytes} MB recording`;
  const why = await obstacle(request, "tshark");
  if (why !== undefined) return [{ what, why }];
  await using recording = await generateRecording(request);
  const [oursAt, theirsAt] = [join(recording.folder, "ours"), join(recording.folder, "tshark")];
  const ours = await timeOurs("conversation-table.ts", recording.path, oursAt);
  const theirs = await timeProcess(
    "tshark",
    ["-q", "-z", "conv,ip", "-r", recording.path],
    theirsAt,
  );
  requireEqualRows(await readFile(oursAt, "utf8"), await readFile(theirsAt, "utf8"));
  return [
    { what, unit: "s", ours: ours.seconds, theirs: theirs.seconds, rival, goal: 25 },
    {
      what: `${what}: memory`,
      unit: "MB",
      ours: peakMegabytes(ours),
      theirs: memoryLimit,
      rival: "limit",
      goal: 1,
    },
  ];
}

if (import.meta.main) {
  for (const result of await compareConversations(requestFrom(process.argv))) {
    const text = "why" in result ? `${result.what}: ${result.why}` : cellsOf(result).join(" | ");
    process.stdout.write(`${text}\n`);
  }
}
