import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { uint16 } from "../../../src/packet/byte-order.ts";
import {
  foldChecksum,
  internetChecksum,
  pseudoHeaderSum,
  sumOfWords,
} from "../../../src/packet/checksum.ts";
import { decodeEthernet } from "../../../src/packet/ethernet.ts";
import {
  echoFrame,
  type IpPart,
  type LinkPart,
  sentinelFrame,
  tcpFrame,
  udpFrame,
  vlanTag,
} from "../../../src/packet/frame.ts";
import { ipToBytes } from "../../../src/packet/ip-bytes.ts";
import { addresses4, addresses6, macs, payloads, word } from "./arbitraries.ts";
import { decodeWhole } from "./recordings.ts";

const pairs = fc.oneof(fc.tuple(addresses4, addresses4), fc.tuple(addresses6, addresses6));
const links: fc.Arbitrary<LinkPart> = fc.record({
  source: macs,
  destination: macs,
  tags: fc.array(
    fc.integer({ min: 0, max: 4095 }).map((id) => vlanTag(id)),
    { maxLength: 2 },
  ),
});

/** What the receiver computes over pseudo header and segment: 0 when the checksum is right. */
function receiverSum(frame: Uint8Array, ip: IpPart): number {
  const { transportOffset, ipEnd, protocol } = decodeWhole(frame).outer;
  const length = ipEnd - transportOffset;
  const pseudo = pseudoHeaderSum(ipToBytes(ip.source), ipToBytes(ip.destination), protocol, length);
  return foldChecksum(pseudo + sumOfWords(frame, transportOffset, ipEnd));
}

describe("frames have the checksums their receivers want", () => {
  test("UDP and TCP over both versions", () => {
    fc.assert(
      fc.property(links, pairs, word, payloads, (link, [source, destination], port, payload) => {
        const ip = { source, destination };
        const ports = { sourcePort: port, destinationPort: 9 };
        const udp = udpFrame(link, ip, ports, payload);
        expect(receiverSum(udp, ip)).toBe(0);
        expect(uint16(udp, decodeWhole(udp).outer.transportOffset + 6)).not.toBe(0);
        const tcp = tcpFrame(link, ip, { ...ports, flags: 2, sequence: port }, payload);
        expect(receiverSum(tcp, ip)).toBe(0);
        tcp[tcp.length - 1] = (tcp.at(-1) ?? 0) ^ 1;
        expect(receiverSum(tcp, ip)).not.toBe(0);
      }),
    );
  });

  test("echoes", () => {
    fc.assert(
      fc.property(links, pairs, word, payloads, (link, [source, destination], id, payload) => {
        const ip = { source, destination };
        const frame = echoFrame(link, ip, { identifier: id, sequence: 1 }, payload);
        const { transportOffset, ipVersion } = decodeWhole(frame).outer;
        const four = () => internetChecksum(frame, transportOffset);
        expect(ipVersion === 4 ? four() : receiverSum(frame, ip)).toBe(0);
      }),
    );
  });
});

test("a sentinel is its EtherType and its token", () => {
  fc.assert(
    fc.property(links, word, word, (link, sentinel, interfaceId) => {
      const frame = sentinelFrame(link, { sentinel, interfaceId });
      const header = decodeEthernet(frame);
      expect(header?.header.type).toBe(0x88b5);
      expect(frame.length - (header?.payloadOffset ?? 0)).toBe(16);
    }),
  );
});
