import { execFile } from "node:child_process";
import { promisify } from "node:util";

const start = promisify(execFile);

/** Frame numbers that a Wireshark display filter shows in a recording. */
export async function framesShown(recording: string, filter: string): Promise<readonly number[]> {
  const { stdout } = await tshark([
    "-r",
    recording,
    "-Y",
    filter,
    "-T",
    "fields",
    "-e",
    "frame.number",
  ]);
  return stdout.split("\n").filter(Boolean).map(Number);
}

/** The fields of some frames, one row each. */
export async function fieldsOf(
  recording: string,
  frames: readonly number[],
  fields: readonly string[],
): Promise<readonly (readonly string[])[]> {
  const filter = `frame.number in {${frames.join(", ")}}`;
  const columns = fields.flatMap((field) => ["-e", field]);
  const { stdout } = await tshark(["-r", recording, "-Y", filter, "-T", "fields", ...columns]);
  return stdout
    .split("\n")
    .filter(Boolean)
    .map((line) => line.split("\t"));
}

async function tshark(args: readonly string[]): Promise<{ readonly stdout: string }> {
  return await start("tshark", ["-n", ...args], { maxBuffer: 1 << 28 });
}
