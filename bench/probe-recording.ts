import { closeSync, openSync, readSync, writeSync } from "node:fs";
import { writeUint32 } from "../src/packet/byte-order.ts";
import {
  echoFrame,
  type IpPart,
  type LinkPart,
  udpFrame,
  vlanTag,
  vxlanFrame,
} from "../src/packet/frame.ts";
import { encodeProbeToken } from "../src/packet/probe-token.ts";
import { ipAddress } from "../src/units/ip.ts";
import { mac } from "../src/units/mac.ts";
import { readRecordingFile } from "./recording-file.ts";

/** A probe put into a recording: which frame it became. */
export type PlacedProbe = {
  readonly frame: number;
  readonly index: number;
  readonly sequence: number;
  readonly vni: number;
  /** Whether a filter for untagged UDP over IPv4 sees it. */
  readonly plain: boolean;
};

const link: LinkPart = { source: mac("02:00:00:00:00:01"), destination: mac("02:00:00:00:00:02") };
const ip: IpPart = { source: ipAddress("192.0.2.1"), destination: ipAddress("192.0.2.2") };
const underlay: IpPart = {
  source: ipAddress("198.51.100.1"),
  destination: ipAddress("198.51.100.2"),
};
const ports = { sourcePort: 40_000, destinationPort: 40_001 };
const sequence = 7;

/** Seven of ten probes are plain UDP; the others are tagged, in VXLAN, and an echo. */
function probe(index: number): {
  readonly bytes: Uint8Array;
  readonly vni: number;
  readonly plain: boolean;
} {
  const token = encodeProbeToken({ index, sequence });
  const kind = index % 10;
  const plain = udpFrame(link, ip, ports, token);
  if (kind < 7) return { bytes: plain, vni: -1, plain: true };
  if (kind === 7) {
    const bytes = udpFrame({ ...link, tags: [vlanTag(100)] }, ip, ports, token);
    return { bytes, vni: -1, plain: false };
  }
  if (kind === 8) {
    const tunnel = { vni: index, sourcePort: 50_000 };
    return { bytes: vxlanFrame(link, underlay, tunnel, plain), vni: index, plain: false };
  }
  const bytes = echoFrame(link, ip, { identifier: index, sequence: 1 }, token);
  return { bytes, vni: -1, plain: false };
}

/** Little-endian, as the recordings that `genpcap.py` makes. */
function record(bytes: Uint8Array, seconds: number, microseconds: number): Uint8Array {
  const header = new Uint8Array(16 + bytes.length);
  for (const [index, value] of [seconds, microseconds, bytes.length, bytes.length].entries()) {
    writeUint32(header, 4 * index, value);
    header.subarray(4 * index, 4 * index + 4).reverse();
  }
  header.set(bytes, 16);
  return header;
}

function copyRange(from: number, to: number, start: number, end: number): void {
  const chunk = new Uint8Array(1 << 20);
  for (let position = start; position < end; ) {
    const length = readSync(from, chunk, 0, Math.min(chunk.length, end - position), position);
    if (length === 0) return;
    writeSync(to, chunk, 0, length);
    position += length;
  }
}

/** Copies a recording made by `genpcap.py` and puts `count` probes between its packets, evenly. */
export function placeProbes(source: string, target: string, count: number): PlacedProbe[] {
  const { packets, bytes } = readRecordingFile(source, { onPacket: () => undefined });
  const every = Math.floor(packets / count);
  const places: { at: number; frame: number; seconds: number; microseconds: number }[] = [];
  readRecordingFile(source, {
    onPacket: ({ frameNumber, fileOffset, seconds, nanoseconds }) => {
      if (frameNumber % every !== 0 || places.length === count) return;
      const frame = frameNumber + places.length;
      places.push({ at: fileOffset, frame, seconds, microseconds: nanoseconds / 1000 });
    },
  });
  const from = openSync(source, "r");
  const to = openSync(target, "w", 0o644);
  let position = 0;
  const placed = places.map(({ at, frame, seconds, microseconds }, index) => {
    copyRange(from, to, position, at);
    position = at;
    const { bytes: probeBytes, vni, plain } = probe(index);
    writeSync(to, record(probeBytes, seconds, microseconds));
    return { frame, index, sequence, vni, plain };
  });
  copyRange(from, to, position, bytes);
  closeSync(from);
  closeSync(to);
  return placed;
}
