import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ConversationTable } from "../../../src/packet/conversations.ts";
import { decodeFrame } from "../../../src/packet/decode.ts";
import { createDecoded, type Level } from "../../../src/packet/decoded.ts";
import {
  echoFrame,
  icmpErrorFrame,
  neighborFrame,
  tcpFrame,
  udpFrame,
  vlanTag,
  vxlanFrame,
} from "../../../src/packet/frame.ts";
import { PcapngWriter } from "../../../src/packet/pcapng-writer.ts";
import { findToken } from "../../../src/packet/probe-token.ts";
import { readRecordingSync } from "../../../src/packet/recording-reader.ts";
import { mutate, randomNumbers } from "./mutation.ts";
import { inChunks, pcapBytes } from "./recordings.ts";
import { ip4, ip6, link, payload, ports } from "./sample-addresses.ts";

/** The nightly campaign sets both; a failure names the seed and the round. */
// biome-ignore lint/style/noProcessEnv: a test run is told its size by its environment
const { LAB_MUTATIONS = "4000", LAB_SEED = "1" } = process.env;
const rounds = Number(LAB_MUTATIONS);
const outside = join(import.meta.dirname, "../../../../shared/cases/pcaps");

function ownRecordings(): Uint8Array[] {
  const inner = tcpFrame({ ...link, tags: [vlanTag(7)] }, ip4, ports, payload);
  const extensions = [
    { kind: "hop-by-hop" as const, data: new Uint8Array(6) },
    { kind: "fragment" as const, offset: 0, more: true, identification: 1 },
  ];
  const frames = [
    inner,
    udpFrame({ ...link, tags: [vlanTag(1, 0x88a8), vlanTag(2)] }, ip6, ports, payload),
    udpFrame(link, { ...ip6, v6: { extensions } }, ports, payload),
    vxlanFrame(link, ip4, { vni: 5, sourcePort: 6 }, inner),
    echoFrame(link, ip4, { identifier: 1, sequence: 2 }, payload),
    icmpErrorFrame(link, ip4, { type: 3, code: 1 }, inner.subarray(18)),
    neighborFrame(link, ip6, { kind: "solicitation", target: ip6.destination, flags: 0 }),
  ];
  const writer = new PcapngWriter("lab");
  writer.addInterface({ name: "a" });
  for (const frame of frames) writer.addPacket(0, 1, 2, 1, frame);
  writer.addStatistics(0, { seconds: 2, nanoseconds: 0, received: 7, dropped: 0 });
  const records = frames.map((data) => ({ seconds: 1, fraction: 2, data }));
  const classic = pcapBytes(records, { little: false, magic: 0xa1b2c3d4 });
  return [writer.take(), new Uint8Array(classic)];
}

function outsideRecordings(): Uint8Array[] {
  if (!existsSync(outside)) return [];
  return readdirSync(outside, { recursive: true, encoding: "utf8" })
    .map((name) => join(outside, name))
    .filter((path) => /\.pcap(ng)?$/.test(path) && statSync(path).size < 20_000)
    .map((path) => new Uint8Array(readFileSync(path)));
}

/** Everything a level says lies inside the frame. */
function expectInside(level: Level, start: number, end: number): void {
  for (const offset of [
    level.ethernetOffset,
    level.arpOffset,
    level.ipOffset,
    level.transportOffset,
  ]) {
    if (offset !== -1 && (offset < start || offset > end)) throw new Error(`offset ${offset}`);
  }
  const payloadEnd = level.payloadOffset + level.payloadLength;
  if (level.payloadOffset >= 0 && (level.payloadLength < 0 || payloadEnd > end)) {
    throw new Error(`payload ends at ${payloadEnd} of ${end}`);
  }
}

/** How many packets were read; throws where reader, decoder or table do. */
function readAll(bytes: Uint8Array, chunkSize: number): number {
  const decoded = createDecoded();
  const table = new ConversationTable();
  const summary = readRecordingSync(inChunks(bytes, [chunkSize]), {
    onPacket: (record) => {
      const { buffer, offset, capturedLength } = record;
      const end = offset + capturedLength;
      // Whatever the file says: every frame is also tried as Ethernet.
      for (const linkType of [record.linkType, 1]) {
        decodeFrame(buffer, offset, capturedLength, linkType, decoded);
        for (const level of decoded.levels.slice(0, decoded.levelCount))
          expectInside(level, offset, end);
        if (decoded.hasQuoted) expectInside(decoded.quoted, offset, end);
        table.add(record, buffer, decoded);
      }
      findToken(buffer, decoded.payloadOffset, decoded.payloadOffset + decoded.payloadLength);
    },
  });
  if (summary.diagnostic !== undefined && summary.diagnostic.offset > bytes.length) {
    throw new Error(`fault at ${summary.diagnostic.offset} of ${bytes.length}`);
  }
  return summary.packets;
}

const sources = [...ownRecordings(), ...outsideRecordings()];
const where = existsSync(outside) ? "own and outside" : "own (../shared/cases/pcaps is absent)";

test(`${rounds} damaged recordings, ${where}, seed ${LAB_SEED}: no throw, no loop, no offset outside`, () => {
  let packets = 0;
  for (let round = 0; round < rounds; round++) {
    const random = randomNumbers(Number(LAB_SEED) + round);
    const source = sources[round % sources.length] as Uint8Array;
    const bytes = mutate(source, random);
    try {
      packets += readAll(bytes, 1 + Math.floor(random() * 4096));
    } catch (cause) {
      throw new Error(`LAB_SEED=${LAB_SEED} round ${round}`, { cause });
    }
  }
  // The control: most damage leaves packets to decode.
  expect(packets).toBeGreaterThan(rounds);
}, 600_000);
