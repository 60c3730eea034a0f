import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { decodeFrame } from "../../../src/packet/decode.ts";
import { createDecoded } from "../../../src/packet/decoded.ts";
import type { RecordingSummary } from "../../../src/packet/recording.ts";
import { readRecordingSync } from "../../../src/packet/recording-reader.ts";
import { asTsharkWould, knownPart } from "./tshark-stack.ts";

const folder = join(import.meta.dirname, "../../../../shared/cases/pcaps");

type Noted = {
  readonly file: string;
  /** Null for a licence text among the recordings. */
  readonly fmt: string | null;
  readonly tshark_packets: number;
  /** Null where libpcap refused the file. */
  readonly libpcap_packets: number | null;
  readonly tshark_err: string;
  readonly libpcap_err: string;
  readonly top_stack: string;
};

/** Packets by file where the two oracles disagree or both are wrong; docs/pcap-oracles.md says by which section. */
const packetDisagreements = new Map<string, number>([
  ["tcpdump/edsa.pcap", 10],
  ["pcapplusplus/too_many_interfaces.pcapng", 1],
  ["pcapplusplus/packetexamples/WireGuard.pcap", 4],
  ["pcapplusplus/packetexamples/ipv4-malformed.pcap", 2],
  ["pcapng-test-generator/output_be/basic/test004.pcapng", 4],
  ["pcapng-test-generator/output_le/basic/test008.pcapng", 4],
  ["pcapng-test-generator/output_le/basic/test006.pcapng", 5],
  ["pcapng-test-generator/output_be/advanced/test101.pcapng", 4],
  ["pcapng-test-generator/output_le/advanced/test101.pcapng", 4],
  ["pcapng-test-generator/output_le/advanced/test100.pcapng", 5],
  ["pcapng-test-generator/output_le/advanced/test102.pcapng", 5],
  ["pcapng-test-generator/output_be/difficult/test202.pcapng", 8],
  ["pcapng-test-generator/output_le/difficult/test202.pcapng", 8],
  ["pcapng-test-generator/output_be/basic/test017.pcapng", 0],
  ["pcapng-test-generator/output_le/basic/test017.pcapng", 0],
  ["pcapng-test-generator/output_le/basic/test018.pcapng", 4],
  ["pcapng-test-generator/output_le/basic/test014.pcapng", 0],
]);

const refused = new Map([["pcapplusplus/file_heuristics/pcapng-example.pcapng.zst", "compressed"]]);

/** Our stack where TShark tells another one; docs/pcap-oracles.md says why. */
const stackDisagreements = new Map([
  ["tcpdump/bad-ipv4-version-pgm-heapoverflow.pcap", "ethernet:ipv4"],
  ["tcpdump/wccp_redirect_gre.pcap", "ethernet:ipv4:gre"],
  ["zeek/trunc/ip-discarder-truncated-tcp-oob.pcapng", "ethernet:ipv4"],
  // Four of its eight entries in Wireshark's list are Custom Blocks, whose "stack" is the most frequent one.
  ["pcapng-test-generator/output_le/basic/test018.pcapng", "ethernet:ipv4:udp"],
]);

function read(file: string): { summary: RecordingSummary; stacks: Set<string> } {
  const stacks = new Set<string>();
  const decoded = createDecoded();
  const summary = readRecordingSync([readFileSync(join(folder, file))], {
    onPacket: ({ buffer, offset, capturedLength, linkType }) => {
      decodeFrame(buffer, offset, capturedLength, linkType, decoded);
      stacks.add(asTsharkWould(decoded));
    },
  });
  return { summary, stacks };
}

if (existsSync(folder)) {
  const list = JSON.parse(readFileSync(join(folder, "expected.json"), "utf8")) as readonly Noted[];
  const recordings = list.filter((noted) => noted.fmt !== null);

  test("the list is the one the disagreements were written for", () => {
    const files = new Set(recordings.map((noted) => noted.file));
    const known = [packetDisagreements, refused, stackDisagreements].flatMap((map) => [
      ...map.keys(),
    ]);
    expect(known.filter((file) => !files.has(file))).toEqual([]);
    expect(recordings.length).toBeGreaterThan(150);
  });

  describe.each(recordings)("outside recording $file", (noted) => {
    const { summary, stacks } = read(noted.file);

    test("packets and errors", () => {
      expect(summary.diagnostic?.problem).toBe(refused.get(noted.file));
      if (refused.has(noted.file)) return;
      const agreed = noted.tshark_packets === noted.libpcap_packets && noted.libpcap_err === "";
      expect(packetDisagreements.has(noted.file)).toBe(!agreed);
      expect(summary.packets).toBe(packetDisagreements.get(noted.file) ?? noted.tshark_packets);
    });

    test("protocol stack", () => {
      const expected = stackDisagreements.get(noted.file) ?? knownPart(noted.top_stack);
      if (summary.packets > 0) expect(stacks).toContain(expected);
      else expect(stacks.size).toBe(0);
    });
  });
} else {
  test("outside recordings: ../shared/cases/pcaps is absent, own fixtures cover the same ground", () => {
    // Those fixtures: pcap-reader, pcapng-reader, decode and decode-tunnel.test.ts beside this file.
    expect(existsSync(folder)).toBe(false);
  });
}
