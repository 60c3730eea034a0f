import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeArp, encodeArp } from "../../../src/packet/arp.ts";
import { internetChecksum } from "../../../src/packet/checksum.ts";
import { decodeErspan, encodeErspan } from "../../../src/packet/erspan.ts";
import {
  decodeEthernet,
  decodeLlc,
  encodeEthernet,
  encodeLlcFrame,
} from "../../../src/packet/ethernet.ts";
import { decodeGre, encodeGre } from "../../../src/packet/gre.ts";
import { decodeIcmp, encodeIcmp } from "../../../src/packet/icmp.ts";
import {
  decodeIcmpv6,
  encodeIcmpv6,
  neighborMessage,
  readNeighborMessage,
} from "../../../src/packet/icmpv6.ts";
import { decodeIpv4, encodeIpv4 } from "../../../src/packet/ipv4.ts";
import { decodeIpv6, encodeIpv6, type Ipv6Extension } from "../../../src/packet/ipv6.ts";
import { decodeTcp, encodeTcp } from "../../../src/packet/tcp.ts";
import { decodeUdp, encodeUdp } from "../../../src/packet/udp.ts";
import { decodeVxlan, encodeVxlan } from "../../../src/packet/vxlan.ts";
import {
  addresses4,
  addresses6,
  byte,
  long,
  macs,
  payloads,
  surrounded,
  word,
} from "./arbitraries.ts";

/** decode(encode(h)) = h, at an offset, and undefined for every shorter prefix. */
function roundTrips<Header>(
  headers: fc.Arbitrary<Header>,
  encode: (header: Header) => Uint8Array,
  decode: (bytes: Uint8Array, offset: number) => unknown,
): void {
  fc.assert(
    fc.property(headers, (header) => {
      const encoded = encode(header);
      const { bytes, offset } = surrounded(encoded);
      expect(decode(bytes, offset)).toEqual(header);
      for (let length = 0; length < encoded.length; length++) {
        expect(decode(encoded.subarray(0, length), 0)).toBeUndefined();
      }
    }),
    { numRuns: 60 },
  );
}

function located<Header>(
  decode: (bytes: Uint8Array, offset: number) => { header: Header } | undefined,
): (bytes: Uint8Array, offset: number) => Header | undefined {
  return (bytes, offset) => decode(bytes, offset)?.header;
}

const tags = fc.array(
  fc.record({
    type: fc.constantFrom(0x8100, 0x88a8),
    priority: fc.integer({ min: 0, max: 7 }),
    dropEligible: fc.boolean(),
    id: fc.integer({ min: 0, max: 4095 }),
  }),
  { maxLength: 5 },
);

const extensions: fc.Arbitrary<readonly Ipv6Extension[]> = fc.array(
  fc.oneof(
    fc.record({
      kind: fc.constantFrom("hop-by-hop" as const, "routing" as const, "destination" as const),
      data: fc
        .constantFrom(6, 14, 22)
        .chain((length) => fc.uint8Array({ minLength: length, maxLength: length })),
    }),
    fc.record({
      kind: fc.constant("fragment" as const),
      offset: fc.integer({ min: 0, max: 8191 }).map((units) => units * 8),
      more: fc.boolean(),
      identification: long,
    }),
  ),
  { maxLength: 4 },
);

/** Fits forty bytes: a no-operation and up to four options of at most seven data bytes. */
const tcpOptions = fc.array(
  fc.oneof(
    fc.constant({ kind: 1, data: new Uint8Array(0) }),
    fc.record({ kind: fc.integer({ min: 2, max: 255 }), data: fc.uint8Array({ maxLength: 7 }) }),
  ),
  { maxLength: 4 },
);

describe("decode(encode(header)) is the header", () => {
  test("Ethernet with tags", () => {
    const type = word.filter((value) => ![0x8100, 0x88a8, 0x9100, 0x9200].includes(value));
    const headers = fc.record({ destination: macs, source: macs, tags, type });
    roundTrips(headers, encodeEthernet, located(decodeEthernet));
  });

  test("LLC", () => {
    const header = { destinationSap: 0x42, sourceSap: 0x42, control: 3 };
    const frame = encodeLlcFrame(
      { destination: "01:80:c2:00:00:00" as never, source: "02:00:00:00:00:01" as never, tags: [] },
      header,
      Uint8Array.of(1, 2, 3),
    );
    const ethernet = decodeEthernet(frame);
    expect(ethernet?.header.type).toBe(6);
    expect(decodeLlc(frame, ethernet?.payloadOffset)).toEqual(header);
    expect(decodeLlc(frame.subarray(0, 16), 14)).toBeUndefined();
  });

  test("ARP", () => {
    const headers = fc.record({
      operation: word,
      senderMac: macs,
      senderAddress: addresses4,
      targetMac: macs,
      targetAddress: addresses4,
    });
    roundTrips(headers, encodeArp, decodeArp);
  });

  test("IPv4 with options and fragments", () => {
    const headers = fc.record({
      source: addresses4,
      destination: addresses4,
      protocol: byte,
      payloadLength: fc.integer({ min: 0, max: 65_475 }),
      ttl: byte,
      trafficClass: byte,
      identification: word,
      dontFragment: fc.boolean(),
      moreFragments: fc.boolean(),
      fragmentOffset: fc.integer({ min: 0, max: 8191 }).map((units) => units * 8),
      options: fc
        .integer({ min: 0, max: 10 })
        .chain((words) => fc.uint8Array({ minLength: 4 * words, maxLength: 4 * words })),
    });
    roundTrips(headers, encodeIpv4, located(decodeIpv4));
    fc.assert(fc.property(headers, (header) => internetChecksum(encodeIpv4(header)) === 0));
  });

  test("IPv6 with extension headers", () => {
    const headers = fc.record({
      source: addresses6,
      destination: addresses6,
      protocol: fc.constantFrom(6, 17, 58, 59),
      payloadLength: fc.integer({ min: 0, max: 65_000 }),
      hopLimit: byte,
      trafficClass: byte,
      flowLabel: fc.integer({ min: 0, max: 0xf_ffff }),
      extensions,
    });
    roundTrips(headers, encodeIpv6, located(decodeIpv6));
  });

  test("TCP with options", () => {
    const headers = fc.record({
      sourcePort: word,
      destinationPort: word,
      sequence: long,
      acknowledgment: long,
      flags: byte,
      window: word,
      checksum: word,
      urgentPointer: word,
      options: tcpOptions,
    });
    roundTrips(headers, encodeTcp, located(decodeTcp));
  });

  test("UDP", () => {
    const headers = fc.record({
      sourcePort: word,
      destinationPort: word,
      length: word,
      checksum: word,
    });
    roundTrips(headers, encodeUdp, decodeUdp);
  });

  test("VXLAN", () => {
    const headers = fc.record({
      vniValid: fc.boolean(),
      vni: fc.integer({ min: 0, max: 0xff_ffff }),
    });
    roundTrips(headers, encodeVxlan, decodeVxlan);
  });

  test("GRE with checksum, key and sequence", () => {
    const headers = fc.record(
      { protocol: word, checksum: word, key: long, sequence: long },
      { requiredKeys: ["protocol"] },
    );
    roundTrips(headers, encodeGre, located(decodeGre));
  });

  test("ERSPAN II", () => {
    const headers = fc.record({
      vlan: fc.integer({ min: 0, max: 4095 }),
      priority: fc.integer({ min: 0, max: 7 }),
      encapsulation: fc.integer({ min: 0, max: 3 }),
      truncated: fc.boolean(),
      session: fc.integer({ min: 0, max: 1023 }),
      index: fc.integer({ min: 0, max: 0xf_ffff }),
    });
    roundTrips(headers, encodeErspan, decodeErspan);
  });
});

describe("ICMP", () => {
  const messages = fc.record({ type: byte, code: byte, rest: long, body: payloads });

  test("decode(encode(message)) is the message, and the checksum is right", () => {
    fc.assert(
      fc.property(messages, (message) => {
        const bytes = encodeIcmp(message);
        expect(decodeIcmp(bytes)).toEqual(message);
        expect(internetChecksum(bytes)).toBe(0);
        expect(decodeIcmp(bytes.subarray(0, 7))).toBeUndefined();
      }),
    );
  });

  test("version 6 likewise, for any two addresses", () => {
    fc.assert(
      fc.property(messages, addresses6, addresses6, (message, source, destination) => {
        const bytes = encodeIcmpv6(message, source, destination);
        expect(decodeIcmpv6(bytes)).toEqual(message);
        expect(decodeIcmpv6(bytes.subarray(0, 7))).toBeUndefined();
      }),
    );
  });

  test("neighbor messages", () => {
    const neighbors = fc.record(
      {
        kind: fc.constantFrom("solicitation" as const, "advertisement" as const),
        target: addresses6,
        linkLayer: macs,
        flags: fc.integer({ min: 0, max: 7 }),
      },
      { requiredKeys: ["kind", "target", "flags"] },
    );
    fc.assert(
      fc.property(neighbors, (neighbor) => {
        expect(readNeighborMessage(neighborMessage(neighbor))).toEqual(neighbor);
      }),
    );
    expect(
      readNeighborMessage({ type: 128, code: 0, rest: 0, body: new Uint8Array(24) }),
    ).toBeUndefined();
  });
});

describe("impossible headers are not taken for headers", () => {
  const right = encodeIpv4({
    source: "10.0.0.1" as never,
    destination: "10.0.0.2" as never,
    protocol: 17,
    payloadLength: 0,
    ttl: 1,
    trafficClass: 0,
    identification: 0,
    dontFragment: false,
    moreFragments: false,
    fragmentOffset: 0,
    options: new Uint8Array(0),
  });

  test.each([
    ["another version", 0, 0x65],
    ["a header below 20 bytes", 0, 0x44],
    ["a total below the header", 3, 19],
  ])("IPv4: %s", (_what, offset, value) => {
    expect(decodeIpv4(right)).toBeDefined();
    const wrong = right.slice();
    wrong[offset] = value;
    expect(decodeIpv4(wrong)).toBeUndefined();
  });

  test("the checksum of RFC 1071 section 3", () => {
    const example = Uint8Array.of(0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7);
    expect(internetChecksum(example)).toBe(~0xddf2 & 0xffff);
  });
});
