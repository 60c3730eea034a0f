import { describe, expect, test } from "vitest";
import { type Conversation, ConversationTable } from "../../../src/packet/conversations.ts";
import { decodeFrame } from "../../../src/packet/decode.ts";
import { createDecoded } from "../../../src/packet/decoded.ts";
import {
  echoFrame,
  type IpPart,
  icmpErrorFrame,
  ipPacket,
  udpFrame,
  vxlanFrame,
} from "../../../src/packet/frame.ts";
import { readRecordingSync } from "../../../src/packet/recording-reader.ts";
import { renderConversations } from "../../../src/packet/render-conversations.ts";
import { ipAddress, ipFromBigInt } from "../../../src/units/ip.ts";
import { pcapBytes } from "./recordings.ts";
import { ip6, link, payload, ports } from "./sample-addresses.ts";

const pair = (source: string, destination: string): IpPart => ({
  source: ipAddress(source),
  destination: ipAddress(destination),
});

function tableOf(
  frames: readonly Uint8Array[],
  microseconds: readonly number[] = [],
): Conversation[] {
  const records = frames.map((data, index) => ({
    seconds: 100,
    fraction: microseconds[index] ?? index,
    data,
  }));
  const table = new ConversationTable();
  const decoded = createDecoded();
  readRecordingSync([pcapBytes(records, { little: true, magic: 0xa1b2c3d4 })], {
    onPacket: (record) => {
      const { buffer, offset, capturedLength, linkType } = record;
      decodeFrame(buffer, offset, capturedLength, linkType, decoded);
      table.add(record, buffer, decoded);
    },
  });
  return [...table.conversations()];
}

const udp = (source: string, destination: string) =>
  udpFrame(link, pair(source, destination), ports, payload);

describe("conversations", () => {
  test("both ways, the first sender first, times after the first packet of the file", () => {
    const rows = tableOf(
      [
        udpFrame(link, ip6, ports, payload),
        udp("10.0.0.9", "10.0.0.1"),
        udp("10.0.0.1", "10.0.0.9"),
      ],
      [5, 10, 25],
    );
    expect(rows).toEqual([
      {
        first: "10.0.0.9",
        second: "10.0.0.1",
        framesToFirst: 1,
        bytesToFirst: 51,
        framesToSecond: 1,
        bytesToSecond: 51,
        startNanoseconds: 5000,
        stopNanoseconds: 20_000,
      },
    ]);
  });

  test("most frames first, then as they began", () => {
    const frames = [
      udp("1.0.0.1", "2.0.0.2"),
      udp("3.0.0.3", "4.0.0.4"),
      udp("5.0.0.5", "6.0.0.6"),
    ];
    const rows = tableOf([...frames, udp("4.0.0.4", "3.0.0.3")]);
    expect(rows.map((row) => row.first)).toEqual(["3.0.0.3", "1.0.0.1", "5.0.0.5"]);
  });

  test("outer and inner headers count with the whole frame's length, quoted ones do not", () => {
    const tunnel = { vni: 1, sourcePort: 1 };
    const inner = udp("10.0.0.1", "10.0.0.2");
    const carried = vxlanFrame(link, pair("172.16.0.1", "172.16.0.2"), tunnel, inner);
    const quote = ipPacket(pair("9.9.9.9", "8.8.8.8"), 17, payload);
    const error = icmpErrorFrame(link, pair("7.0.0.1", "7.0.0.2"), { type: 3, code: 1 }, quote);
    const rows = tableOf([carried, error]);
    expect(rows.map((row) => [row.first, row.bytesToSecond])).toEqual([
      ["172.16.0.1", carried.length],
      ["10.0.0.1", carried.length],
      ["7.0.0.1", error.length],
    ]);
  });

  test("an address with itself", () => {
    const frame = echoFrame(
      link,
      pair("127.0.0.1", "127.0.0.1"),
      { identifier: 1, sequence: 1 },
      payload,
    );
    expect(tableOf([frame, frame])).toMatchObject([{ framesToFirst: 0, framesToSecond: 2 }]);
  });

  test("a frame earlier than the first one moves the start back", () => {
    const frame = udp("10.0.0.1", "10.0.0.2");
    expect(tableOf([frame, frame, frame], [500, 100, 900])).toMatchObject([
      { startNanoseconds: -400_000, stopNanoseconds: 400_000 },
    ]);
  });

  test("thousands of them, each found again after the table has grown", () => {
    const base = 0x0a000000;
    const address = (index: number) => ipFromBigInt(BigInt(base + index), 4);
    const once = Array.from({ length: 5000 }, (_, index) => udp(address(index), "10.255.0.1"));
    const back = Array.from({ length: 5000 }, (_, index) => udp("10.255.0.1", address(index)));
    const rows = tableOf([...once, ...back]);
    expect(rows).toHaveLength(5000);
    expect(rows.every((row) => row.framesToFirst === 1 && row.framesToSecond === 1)).toBe(true);
  });
});

test("rows are told as TShark tells them", () => {
  const row: Conversation = {
    first: "10.0.89.44",
    second: "10.16.4.209",
    framesToFirst: 18,
    bytesToFirst: 18_999,
    framesToSecond: 16,
    bytesToSecond: 9999,
    startNanoseconds: 27_341_000,
    stopNanoseconds: 27_341_000 + 2_131_640_000,
  };
  // Printed by TShark 4.0.17 for such a recording, except for the first byte count.
  const expected =
    "10.0.89.44           <-> 10.16.4.209               18 18 kB          16 9999 bytes      34 28 kB         0.027341000         2.1316";
  expect([...renderConversations([row])].join("").split("\n")[5]).toBe(expected);
});

test.each([
  [0.03125, "0.0312"],
  [0.09375, "0.0938"],
  [1.00005, "1.0001"],
])("a duration of %d s is rounded as C does: %s", (seconds, text) => {
  const sides = { framesToFirst: 0, bytesToFirst: 0, framesToSecond: 1, bytesToSecond: 1 };
  const times = { startNanoseconds: 0, stopNanoseconds: seconds * 1e9 };
  const row = { first: "1.1.1.1", second: "2.2.2.2", ...sides, ...times };
  expect([...renderConversations([row])].join("").split("\n")[5]?.trim().endsWith(` ${text}`)).toBe(
    true,
  );
});
