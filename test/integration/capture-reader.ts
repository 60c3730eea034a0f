import { readFileSync } from "node:fs";
import {
  decodeProbeToken,
  decodeSentinelToken,
  findSentinel,
  findToken,
  type ProbeToken,
} from "../../src/packet/probe-token.ts";
import { RecordingReader } from "../../src/packet/recording-reader.ts";

export type ReadPacket = {
  readonly frame: number;
  readonly point: string;
  readonly direction: number;
  /** Nanoseconds since the epoch. */
  readonly time: bigint;
  readonly bytes: Uint8Array;
  readonly token: ProbeToken | undefined;
  readonly isSentinel: boolean;
};

export type ReadRecording = {
  readonly packets: readonly ReadPacket[];
  readonly statistics: readonly object[];
  readonly whole: boolean;
  readonly names: readonly (string | undefined)[];
};

/** All of a recording, for tests that look at every packet. */
export function readPackets(path: string): ReadRecording {
  const packets: ReadPacket[] = [];
  const statistics: object[] = [];
  const names: (string | undefined)[] = [];
  const reader = new RecordingReader({
    onInterface: (description) => names.push(description.name),
    onStatistics: (counters) => statistics.push(counters),
    onPacket: (record) => {
      const end = record.offset + record.capturedLength;
      const bytes = record.buffer.slice(record.offset, end);
      const token = findToken(bytes, 0, bytes.length);
      const sentinel = findSentinel(bytes, 0, bytes.length);
      packets.push({
        frame: record.frameNumber,
        point: names[record.interfaceIndex] ?? "",
        direction: record.direction,
        time: BigInt(record.seconds) * 1_000_000_000n + BigInt(record.nanoseconds),
        bytes,
        token: token < 0 ? undefined : decodeProbeToken(bytes, token),
        isSentinel: sentinel >= 0 && decodeSentinelToken(bytes, sentinel) !== undefined,
      });
    },
  });
  reader.push(new Uint8Array(readFileSync(path)));
  return { packets, statistics, names, whole: reader.finish().diagnostic === undefined };
}
