import { describe, expect, test } from "vitest";
import { concatBytes, writeUint16 } from "../../../src/packet/byte-order.ts";
import { sourceAddress, vlanIds } from "../../../src/packet/decode.ts";
import { encodeErspan } from "../../../src/packet/erspan.ts";
import {
  echoFrame,
  icmpErrorFrame,
  ipFrame,
  ipPacket,
  tcpFrame,
  udpDatagram,
  udpFrame,
  vlanTag,
  vxlanFrame,
} from "../../../src/packet/frame.ts";
import { encodeGre } from "../../../src/packet/gre.ts";
import { IcmpType, IcmpUnreachable } from "../../../src/packet/icmp.ts";
import { decodeWhole, stackOf } from "./recordings.ts";
import { ip4, ip6, link, payload, ports } from "./sample-addresses.ts";

const gre = (protocol: number, ...rest: Uint8Array[]) =>
  ipFrame(link, ip4, 47, concatBytes([encodeGre({ protocol, sequence: 1 }), ...rest]));

describe("tunnels", () => {
  const inner = udpFrame({ ...link, tags: [vlanTag(7)] }, ip4, ports, payload);
  const tunnel = { vni: 0xabcdef, sourcePort: 50_000 };

  test("VXLAN: both levels, and the payload of the inner one", () => {
    const frame = vxlanFrame({ ...link, tags: [vlanTag(3)] }, ip6, tunnel, inner);
    const decoded = decodeWhole(frame);
    expect(stackOf(frame)).toBe("ethernet:vlan:ipv6:udp:vxlan:ethernet:vlan:ipv4:udp");
    expect(decoded.levelCount).toBe(2);
    expect(decoded.outer).toMatchObject({ ipVersion: 6, destinationPort: 4789, carrier: "link" });
    expect(decoded.inner).toMatchObject({ ...ports, carrier: "vxlan", tunnelId: 0xabcdef });
    expect([vlanIds(decoded.outer), vlanIds(decoded.inner)]).toEqual([[3], [7]]);
    expect(frame.subarray(decoded.payloadOffset)).toEqual(payload);
  });

  test("without the I flag the VNI does not count", () => {
    const frame = vxlanFrame(link, ip4, tunnel, inner);
    frame[14 + 20 + 8] = 0;
    expect(decodeWhole(frame)).toMatchObject({ problem: "malformed" });
    expect(decodeWhole(frame).inner.tunnelId).toBe(-1);
  });

  test("GRE with key carries IP or Ethernet", () => {
    const packet = ipPacket(ip6, 17, udpDatagram(ip6, ports, payload));
    const keyed = concatBytes([encodeGre({ protocol: 0x86dd, key: 42 }), packet]);
    const decoded = decodeWhole(ipFrame(link, ip4, 47, keyed));
    expect(decoded.inner).toMatchObject({ carrier: "gre", tunnelId: 42, ipVersion: 6, ...ports });
    expect(stackOf(gre(0x6558, inner))).toBe("ethernet:ipv4:gre:ethernet:vlan:ipv4:udp");
    expect(stackOf(gre(0x880b, inner))).toBe("ethernet:ipv4:gre");
  });

  test("ERSPAN of all three types", () => {
    const header = {
      vlan: 5,
      priority: 0,
      encapsulation: 0,
      truncated: false,
      session: 99,
      index: 1,
    };
    const two = gre(0x88be, encodeErspan(header), inner);
    expect(decodeWhole(two).inner).toMatchObject({ carrier: "erspan", tunnelId: 99, ...ports });
    const one = ipFrame(link, ip4, 47, concatBytes([encodeGre({ protocol: 0x88be }), inner]));
    expect(decodeWhole(one).inner).toMatchObject({ carrier: "erspan", tunnelId: -1, ...ports });
    const third = new Uint8Array(20);
    writeUint16(third, 0, 0x2005);
    writeUint16(third, 2, 77);
    writeUint16(third, 10, 1);
    const three = gre(0x22eb, third, inner);
    expect(decodeWhole(three).inner).toMatchObject({ carrier: "erspan", tunnelId: 77, ...ports });
  });

  test("IP in IP", () => {
    const packet = ipPacket(ip6, 17, udpDatagram(ip6, ports, payload));
    const decoded = decodeWhole(ipFrame(link, ip4, 41, packet));
    expect(decoded.levelCount).toBe(2);
    expect(decoded.inner).toMatchObject({ carrier: "ip", ipVersion: 6, ...ports });
  });

  test("nesting ends at eight levels, whatever comes", () => {
    let frame = inner;
    for (let depth = 1; depth < 8; depth++) frame = vxlanFrame(link, ip4, tunnel, frame);
    expect(decodeWhole(frame)).toMatchObject({ levelCount: 8, problem: "" });
    for (let depth = 0; depth < 20; depth++) frame = vxlanFrame(link, ip4, tunnel, frame);
    expect(decodeWhole(frame)).toMatchObject({ levelCount: 8, problem: "too-deep" });
  });
});

describe("ICMP errors quote the packet at fault", () => {
  const atFault = ipPacket(ip4, 6, tcpFrame(link, ip4, { ...ports, sequence: 5 }).subarray(34));

  test("version 4, eight bytes of TCP are enough for ports and sequence number", () => {
    const error = { type: IcmpType.unreachable, code: IcmpUnreachable.administrativelyProhibited };
    const frame = icmpErrorFrame(link, ip4, error, atFault.subarray(0, 28));
    const decoded = decodeWhole(frame);
    expect(decoded).toMatchObject({ problem: "", hasQuoted: true, levelCount: 1 });
    expect(decoded.outer).toMatchObject({ icmpType: 3, icmpCode: 13, sourcePort: -1 });
    expect(decoded.quoted).toMatchObject({ ...ports, tcpSequence: 5, carrier: "quote" });
    expect(sourceAddress(frame, decoded.quoted)).toBe(ip4.source);
    expect(stackOf(frame)).toBe("ethernet:ipv4:icmp:ipv4:tcp");
  });

  test("version 6", () => {
    const packet = ipPacket(ip6, 17, udpDatagram(ip6, ports, payload));
    const decoded = decodeWhole(icmpErrorFrame(link, ip6, { type: 1, code: 1 }, packet));
    expect(decoded.quoted).toMatchObject({ ...ports, ipVersion: 6, payloadLength: 9 });
  });

  test("an echo quotes nothing", () => {
    const echo = { identifier: 1, sequence: 1 };
    expect(decodeWhole(echoFrame(link, ip4, echo, atFault)).hasQuoted).toBe(false);
  });
});
