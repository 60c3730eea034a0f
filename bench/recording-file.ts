import { closeSync, openSync, readFileSync, readSync } from "node:fs";
import type { RecordingHandlers, RecordingSummary } from "../src/packet/recording.ts";
import { RecordingReader } from "../src/packet/recording-reader.ts";

/** Small enough to stay in the processor's cache while it is decoded, large enough to make reading cheap. */
const chunkLength = 1 << 20;

/** Reads a recording of any size with the memory of one chunk. */
export function readRecordingFile(path: string, handlers: RecordingHandlers): RecordingSummary {
  const reader = new RecordingReader(handlers);
  const chunk = new Uint8Array(chunkLength);
  const file = openSync(path, "r");
  try {
    for (;;) {
      const length = readSync(file, chunk, 0, chunk.length, null);
      if (length === 0 || !reader.push(chunk.subarray(0, length))) break;
    }
  } finally {
    closeSync(file);
  }
  return reader.finish();
}

/** What both timed programs end with: the fault, if any, and the most memory they ever held, on standard error. */
export function reportEnd(path: string, { diagnostic }: RecordingSummary): void {
  if (diagnostic !== undefined) {
    process.stderr.write(`${path}: byte ${diagnostic.offset}: ${diagnostic.message}\n`);
    process.exitCode = 1;
  }
  const peak = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1];
  process.stderr.write(`peak memory: ${peak} kB\n`);
}
