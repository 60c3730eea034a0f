import { writeSync } from "node:fs";
import { ConversationTable } from "../src/packet/conversations.ts";
import { decodeFrame } from "../src/packet/decode.ts";
import { createDecoded } from "../src/packet/decoded.ts";
import { renderConversations } from "../src/packet/render-conversations.ts";
import { readRecordingFile, reportEnd } from "./recording-file.ts";

/** `conversation-table.ts FILE`: prints the IPv4 conversations of a recording as `tshark -q -z conv,ip` does. */
const path = process.argv[2];
if (path === undefined) {
  process.stderr.write("usage: conversation-table.ts FILE\n");
  process.exit(2);
}

const decoded = createDecoded();
const table = new ConversationTable();
const summary = readRecordingFile(path, {
  onPacket: (record) => {
    const { buffer, offset, capturedLength, linkType } = record;
    decodeFrame(buffer, offset, capturedLength, linkType, decoded);
    table.add(record, buffer, decoded);
  },
});
// To the descriptor itself: a pipe would make `process.stdout` keep the whole table in memory.
for (const piece of renderConversations(table.conversations())) writeSync(1, piece);
reportEnd(path, summary);
