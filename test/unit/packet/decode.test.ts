import { describe, expect, test } from "vitest";
import { concatBytes, writeUint16 } from "../../../src/packet/byte-order.ts";
import {
  decodeFrame,
  destinationAddress,
  sourceAddress,
  vlanIds,
} from "../../../src/packet/decode.ts";
import { createDecoded, Layer } from "../../../src/packet/decoded.ts";
import { encodeLlcFrame } from "../../../src/packet/ethernet.ts";
import {
  arpFrame,
  broadcastMac,
  echoFrame,
  ethernetFrame,
  ipFrame,
  ipPacket,
  neighborFrame,
  tcpFrame,
  udpDatagram,
  udpFrame,
  vlanTag,
  vxlanFrame,
} from "../../../src/packet/frame.ts";
import { TcpFlag } from "../../../src/packet/tcp.ts";
import { decodeWhole, stackOf } from "./recordings.ts";
import { ip4, ip6, link, payload, ports } from "./sample-addresses.ts";

describe("one level", () => {
  test.each([
    ["IPv4", ip4, "ethernet:ipv4:udp"],
    ["IPv6", ip6, "ethernet:ipv6:udp"],
  ])("UDP over %s", (_what, ip, stack) => {
    const frame = udpFrame(link, ip, ports, payload);
    const decoded = decodeWhole(frame);
    expect(stackOf(frame)).toBe(stack);
    expect(decoded.problem).toBe("");
    expect(decoded.outer).toMatchObject({ ...ports, transport: Layer.udp, ttl: 64, protocol: 17 });
    expect(sourceAddress(frame, decoded.outer)).toBe(ip.source);
    expect(destinationAddress(frame, decoded.outer)).toBe(ip.destination);
    expect(frame.subarray(decoded.payloadOffset)).toEqual(payload);
    expect(decoded.payloadLength).toBe(9);
    expect(decoded.inner).toBe(decoded.outer);
  });

  test("padding of short frames is not payload", () => {
    const frame = concatBytes([udpFrame(link, ip4, ports, payload), new Uint8Array(20)]);
    expect(decodeWhole(frame).payloadLength).toBe(9);
  });

  test("TCP", () => {
    const header = {
      ...ports,
      sequence: 0xfffffff0,
      acknowledgment: 7,
      flags: TcpFlag.syn | TcpFlag.ack,
    };
    const options = [{ kind: 2, data: Uint8Array.of(5, 180) }];
    const decoded = decodeWhole(tcpFrame(link, ip4, { ...header, options }, payload));
    expect(decoded.outer).toMatchObject({
      ...ports,
      tcpSequence: 0xfffffff0,
      tcpAcknowledgment: 7,
      tcpFlags: 0x12,
      payloadLength: 9,
    });
  });

  test("echo of both versions", () => {
    const echo = { identifier: 77, sequence: 88 };
    const four = decodeWhole(echoFrame(link, ip4, echo, payload));
    expect(four.outer).toMatchObject({ icmpType: 8, icmpIdentifier: 77, icmpSequence: 88 });
    const six = decodeWhole(echoFrame(link, ip6, { ...echo, reply: true }, payload));
    expect(six.outer).toMatchObject({ icmpType: 129, icmpIdentifier: 77, icmpSequence: 88 });
    expect([four.payloadLength, six.payloadLength]).toEqual([9, 9]);
  });

  test("ARP and neighbor solicitation", () => {
    const packet = {
      operation: 1,
      senderMac: link.source,
      senderAddress: ip4.source,
      targetMac: broadcastMac,
      targetAddress: ip4.destination,
    };
    const decoded = decodeWhole(concatBytes([arpFrame(link, packet), new Uint8Array(18)]));
    expect(decoded.outer).toMatchObject({ arpOffset: 14, etherType: 0x0806, payloadLength: 0 });
    const target = { kind: "solicitation" as const, target: ip6.destination, flags: 0 };
    const neighbor = decodeWhole(neighborFrame(link, ip6, target));
    expect(neighbor.outer).toMatchObject({ icmpType: 135, ttl: 255 });
  });

  test.each([
    [[10], [10]],
    [[0], [0]],
    [
      [4094, 10],
      [4094, 10],
    ],
    [
      [1, 2, 3],
      [1, 2, 3],
    ],
  ])("tags %j", (ids, expected) => {
    const tags = ids.map((id, index) => vlanTag(id, index === 0 ? 0x88a8 : 0x8100));
    const decoded = decodeWhole(udpFrame({ ...link, tags }, ip4, ports, payload));
    expect(vlanIds(decoded.outer)).toEqual(expected);
    expect(decoded.outer).toMatchObject({ etherType: 0x0800, ...ports });
    expect(decoded.outer.vlanTypes[0]).toBe(0x88a8);
  });

  test("more tags than are kept: all are counted, the packet behind them is found", () => {
    const tags = Array.from({ length: 20 }, (_, index) => vlanTag(index + 1));
    const decoded = decodeWhole(udpFrame({ ...link, tags }, ip4, ports, payload));
    expect(decoded.outer).toMatchObject({ vlanCount: 20, ...ports });
    expect(vlanIds(decoded.outer)).toHaveLength(16);
  });

  test("an unknown EtherType leaves all that follows as payload", () => {
    const decoded = decodeWhole(ethernetFrame(link, 0x88b5, payload));
    expect(decoded).toMatchObject({ payloadOffset: 14, payloadLength: 9, problem: "" });
    expect(decoded.outer.etherType).toBe(0x88b5);
  });

  test("LLC: the length field ends the payload; SNAP leads to an EtherType", () => {
    const header = { ...link, tags: [vlanTag(5)] };
    const sap = { destinationSap: 0x42, sourceSap: 0x42, control: 3 };
    const stp = concatBytes([encodeLlcFrame(header, sap, payload), new Uint8Array(30)]);
    expect(stackOf(stp)).toBe("ethernet:vlan:llc");
    expect(decodeWhole(stp).payloadLength).toBe(9);
    const snap = { destinationSap: 0xaa, sourceSap: 0xaa, control: 3 };
    const packet = ipPacket(ip4, 17, udpDatagram(ip4, ports, payload));
    const inside = concatBytes([Uint8Array.of(0, 0, 0, 8, 0), packet]);
    expect(stackOf(encodeLlcFrame(header, snap, inside))).toBe("ethernet:vlan:llc:ipv4:udp");
  });
});

describe("fragments", () => {
  const datagram = udpDatagram(ip4, ports, new Uint8Array(64));
  const v4 = { dontFragment: false, identification: 99 };

  test("IPv4: ports in the first one only, and its length is no fault", () => {
    const head = { ...v4, moreFragments: true };
    const first = decodeWhole(ipFrame(link, { ...ip4, v4: head }, 17, datagram.subarray(0, 40)));
    expect(first).toMatchObject({ problem: "" });
    expect(first.outer).toMatchObject({ ...ports, moreFragments: true, isFragment: true });
    const tail = { ...v4, fragmentOffset: 40 };
    const last = decodeWhole(ipFrame(link, { ...ip4, v4: tail }, 17, datagram.subarray(40)));
    expect(last.outer).toMatchObject({
      sourcePort: -1,
      fragmentOffset: 40,
      isFragment: true,
      identification: 99,
      payloadLength: 32,
    });
  });

  test("IPv6: behind other extension headers", () => {
    const extensions = [
      { kind: "hop-by-hop" as const, data: new Uint8Array(6) },
      { kind: "routing" as const, data: new Uint8Array(14) },
      { kind: "fragment" as const, offset: 40, more: false, identification: 0xdeadbeef },
      { kind: "destination" as const, data: new Uint8Array(6) },
    ];
    const v6 = { extensions: extensions.slice(0, 3) };
    const frame = ipFrame(link, { ...ip6, v6 }, 17, datagram.subarray(40));
    expect(stackOf(frame)).toBe("ethernet:ipv6:ipv6HopByHop:ipv6Routing:ipv6Fragment");
    expect(decodeWhole(frame).outer).toMatchObject({
      protocol: 17,
      fragmentOffset: 40,
      identification: 0xdeadbeef,
      transport: Layer.payload,
    });
    const atomic = [{ kind: "fragment" as const, offset: 0, more: false, identification: 1 }];
    const whole = decodeWhole(ipFrame(link, { ...ip6, v6: { extensions: atomic } }, 17, datagram));
    expect(whole.outer).toMatchObject({ ...ports, isFragment: false });
  });
});

describe("frames that are cut or wrong", () => {
  const inner = tcpFrame({ ...link, tags: [vlanTag(7)] }, ip4, ports, payload);
  const frame = vxlanFrame(link, ip6, { vni: 5, sourcePort: 1 }, inner);

  test("cut anywhere: never a throw, always marked, and what was there is decoded", () => {
    const whole = decodeWhole(frame);
    for (let length = 0; length < frame.length; length++) {
      const decoded = decodeWhole(frame.subarray(0, length));
      expect(decoded.problem).toBe("truncated");
      expect(decoded.layerCount).toBeLessThanOrEqual(whole.layerCount);
      const kept = decoded.layers.subarray(0, decoded.layerCount);
      expect(kept).toEqual(whole.layers.subarray(0, decoded.layerCount));
    }
  });

  test("what lies behind the captured bytes is not read", () => {
    for (let length = 0; length < frame.length; length++) {
      const noisy = frame.slice().fill(0xff, length);
      const decoded = createDecoded();
      decodeFrame(noisy, 0, length, 1, decoded);
      expect(decoded).toEqual(decodeWhole(frame.slice(0, length)));
    }
  });

  test("lengths larger than what is there: the shorter of both counts", () => {
    const cut = udpFrame(link, ip4, ports, new Uint8Array(100)).subarray(0, 60);
    expect(decodeWhole(cut)).toMatchObject({ problem: "truncated", payloadLength: 60 - 42 });
  });

  test("a total length of zero is a segment before offload", () => {
    const offload = tcpFrame(link, ip4, ports, payload);
    writeUint16(offload, 16, 0);
    expect(decodeWhole(offload)).toMatchObject({ problem: "", payloadLength: 9 });
  });

  test.each([
    ["a header length below 20", 14, 0x44],
    ["another IP version", 14, 0x55],
    ["a total length below the header", 17, 10],
    ["a TCP header below 20 bytes", 14 + 20 + 12, 0x40],
  ])("%s", (_what, offset, value) => {
    const wrong = tcpFrame(link, ip4, ports, payload);
    expect(decodeWhole(wrong).problem).toBe("");
    writeUint16(wrong, 16, 20 + 20 + 9);
    wrong[offset] = value;
    expect(decodeWhole(wrong).problem).toBe("malformed");
  });
});
