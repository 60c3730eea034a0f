import { closeSync, openSync, readSync, writeSync } from "node:fs";
import { ConversationTable } from "../src/packet/conversations.ts";
import { decodeFrame } from "../src/packet/decode.ts";
import { createDecoded } from "../src/packet/decoded.ts";
import { RecordingReader } from "../src/packet/recording-reader.ts";
import { renderConversations } from "../src/packet/render-conversations.ts";

/** `conversation-table.ts FILE`: prints the IPv4 conversations of a recording as `tshark -q -z conv,ip` does. */
const path = process.argv[2];
if (path === undefined) {
  process.stderr.write("usage: conversation-table.ts FILE\n");
  process.exit(2);
}

const decoded = createDecoded();
const table = new ConversationTable();
const reader = new RecordingReader({
  onPacket: (record) => {
    const { buffer, offset, capturedLength, linkType } = record;
    decodeFrame(buffer, offset, capturedLength, linkType, decoded);
    table.add(record, buffer, decoded);
  },
});
const file = openSync(path, "r");
const chunk = new Uint8Array(1 << 20);
for (;;) {
  const length = readSync(file, chunk, 0, chunk.length, null);
  if (length === 0 || !reader.push(chunk.subarray(0, length))) break;
}
closeSync(file);
const { diagnostic } = reader.finish();
// To the descriptor itself: a pipe would make `process.stdout` keep the whole table in memory.
for (const piece of renderConversations(table.conversations())) writeSync(1, piece);
if (diagnostic !== undefined) {
  process.stderr.write(`${path}: byte ${diagnostic.offset}: ${diagnostic.message}\n`);
  process.exitCode = 1;
}
