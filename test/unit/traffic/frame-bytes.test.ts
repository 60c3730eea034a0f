import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeArp } from "../../../src/packet/arp.ts";
import {
  foldChecksum,
  internetChecksum,
  pseudoHeaderSum,
  sumOfWords,
} from "../../../src/packet/checksum.ts";
import { decodeEthernet } from "../../../src/packet/ethernet.ts";
import { ipToBytes } from "../../../src/packet/ip-bytes.ts";
import { decodeIpv4 } from "../../../src/packet/ipv4.ts";
import { decodeProbeToken, findToken } from "../../../src/packet/probe-token.ts";
import { frameCount, framesOf } from "../../../src/traffic/frame-bytes.ts";
import type { FrameRequest } from "../../../src/traffic/requests.ts";
import type { FrameProbe, Point, ProbeId } from "../../../src/trial/trial.ts";
import { ipAddress } from "../../../src/units/ip.ts";
import { mac } from "../../../src/units/mac.ts";

function request(more: Partial<FrameProbe>, addresses?: FrameRequest["addresses"]): FrameRequest {
  return {
    namespace: "n",
    interface: "eth0",
    index: 77,
    ...(addresses === undefined ? {} : { addresses }),
    probe: {
      kind: "frame",
      id: "p" as ProbeId,
      from: "n:eth0" as Point,
      source: mac("02:00:00:00:00:01"),
      destination: mac("02:00:00:00:00:02"),
      tags: [],
      etherType: 0x88b6,
      count: 1,
      ...more,
    },
  };
}

describe("crafted frames", () => {
  test("whatever the tags and the type: header as asked, one token, 60 bytes or more", () => {
    const tag = fc.record({
      tpid: fc.constantFrom(0x8100, 0x88a8),
      vid: fc.integer({ min: 1, max: 4094 }),
      pcp: fc.integer({ min: 0, max: 7 }),
    });
    fc.assert(
      fc.property(
        fc.array(tag, { maxLength: 2 }),
        fc.constantFrom(0x0800, 0x0806, 0x86dd, 0x88b6, 0x88cc),
        fc.integer({ min: 0, max: 20 }),
        (tags, etherType, count) => {
          const asked = request({ tags, etherType, count });
          const frames = [...framesOf(asked)];
          expect(frames.length).toBe(count);
          expect(frameCount(asked)).toBe(count);
          for (const [sequence, frame] of frames.entries()) {
            const at = findToken(frame, 0, frame.length);
            expect(decodeProbeToken(frame, at)).toEqual({ index: 77, sequence });
            expect(frame.length).toBeGreaterThanOrEqual(60);
            expect(decodeEthernet(frame)?.header).toEqual({
              source: asked.probe.source,
              destination: asked.probe.destination,
              type: etherType,
              tags: tags.map(({ tpid, vid, pcp }) => ({
                type: tpid,
                id: vid,
                priority: pcp,
                dropEligible: false,
              })),
            });
          }
        },
      ),
      { numRuns: 50 },
    );
  });

  test("a sweep of the inner tag leaves the outer one, and counts as 4094", () => {
    const asked = request({
      tags: [
        { tpid: 0x88a8, vid: 5 },
        { tpid: 0x8100, vid: "sweep" },
      ],
    });
    const tags = [...framesOf(asked)].map((frame) =>
      decodeEthernet(frame)?.header.tags.map(({ id }) => id),
    );
    expect(frameCount(asked)).toBe(4094);
    expect(tags).toEqual(Array.from({ length: 4094 }, (_, index) => [5, index + 1]));
  });

  test("IPv4 bodies have right checksums and the addresses asked for", () => {
    const addresses = { source: ipAddress("10.0.0.1"), destination: ipAddress("10.0.0.2") };
    const frames = [...framesOf(request({ etherType: 0x0800, count: 3 }, addresses))];
    for (const frame of frames) {
      const ip = decodeIpv4(frame, 14);
      expect(ip?.header).toMatchObject({ ...addresses, protocol: 17 });
      expect(internetChecksum(frame, 14, 34)).toBe(0);
      const udp = frame.slice(34, 34 + (ip?.header.payloadLength ?? 0));
      const pseudo = pseudoHeaderSum(
        ipToBytes(addresses.source),
        ipToBytes(addresses.destination),
        17,
        udp.length,
      );
      expect(foldChecksum(pseudo + sumOfWords(udp))).toBe(0);
    }
  });

  test("ARP bodies ask for the destination in the name of the frame's source", () => {
    const addresses = { source: ipAddress("10.0.0.1"), destination: ipAddress("10.0.0.2") };
    const [frame = new Uint8Array()] = framesOf(request({ etherType: 0x0806 }, addresses));
    expect(decodeArp(frame, 14)).toMatchObject({
      operation: 1,
      senderMac: "02:00:00:00:00:01",
      senderAddress: "10.0.0.1",
      targetAddress: "10.0.0.2",
    });
  });
});
