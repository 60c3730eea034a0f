import { decodeFrame } from "../src/packet/decode.ts";
import { createDecoded } from "../src/packet/decoded.ts";
import { decodeProbeToken, isProbeToken } from "../src/packet/probe-token.ts";
import { readRecordingFile, reportEnd } from "./recording-file.ts";

/** `find-sightings.ts FILE`: one line for each sighting of a probe: frame, probe index, sequence number, VNI. */
const path = process.argv[2];
if (path === undefined) {
  process.stderr.write("usage: find-sightings.ts FILE\n");
  process.exit(2);
}

const decoded = createDecoded();
const lines: string[] = [];
const summary = readRecordingFile(path, {
  onPacket: ({ buffer, offset, capturedLength, linkType, frameNumber }) => {
    decodeFrame(buffer, offset, capturedLength, linkType, decoded);
    const start = decoded.payloadOffset;
    if (!isProbeToken(buffer, start, start + decoded.payloadLength)) return;
    const token = decodeProbeToken(buffer, start);
    lines.push(`${frameNumber} ${token?.index} ${token?.sequence} ${decoded.inner.tunnelId}`);
  },
});
process.stdout.write(`${lines.join("\n")}\n`);
reportEnd(path, summary);
