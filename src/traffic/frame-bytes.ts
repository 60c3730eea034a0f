import { concatBytes, writeUint16, writeUint32 } from "../packet/byte-order.ts";
import { EtherType } from "../packet/ether-type.ts";
import { arpFrame, ethernetFrame, type LinkPart, udpFrame, vlanTag } from "../packet/frame.ts";
import { encodeProbeToken, findToken } from "../packet/probe-token.ts";
import type { FrameTag } from "../trial/trial.ts";
import { type IpAddress, ipAddress } from "../units/ip.ts";
import { mac } from "../units/mac.ts";
import type { FrameRequest } from "./requests.ts";

/** Shortest Ethernet frame without its check sequence (IEEE 802.3 clause 3.2.8). */
const shortestFrame = 60;
const sequenceOffset = 12;
const largestVlanId = 4094;
const discardPort = 9;

/** Where the request names no addresses: those for documentation (RFC 5737, RFC 3849). */
const documentation = {
  4: { source: ipAddress("192.0.2.1"), destination: ipAddress("192.0.2.2") },
  6: { source: ipAddress("2001:db8::1"), destination: ipAddress("2001:db8::2") },
} as const;

type Addresses = { readonly source: IpAddress; readonly destination: IpAddress };

/** A frame after the other, each with its own token; a sweep's sequence is the VLAN id. */
export function* framesOf(request: FrameRequest): Generator<Uint8Array> {
  const { tags, count, etherType } = request.probe;
  const sweeps = tags.some(({ vid }) => vid === "sweep");
  // An IP body has a checksum over its token and is made anew; in all others the numbers are written into a copy.
  const isIp = etherType === EtherType.ipv4 || etherType === EtherType.ipv6;
  const first = frame(request, 0);
  const token = findToken(first, 0, first.length);
  for (let number = sweeps ? 1 : 0; number < (sweeps ? largestVlanId + 1 : count); number++) {
    const next = isIp ? frame(request, number) : first.slice();
    writeUint32(next, token + sequenceOffset, number);
    for (const [position, tag] of tags.entries()) {
      if (tag.vid === "sweep") writeUint16(next, 14 + 4 * position, tagControl(tag, number));
    }
    yield next;
  }
}

/** How many frames `framesOf` gives. */
export function frameCount(request: FrameRequest): number {
  const { tags, count } = request.probe;
  return tags.some(({ vid }) => vid === "sweep") ? largestVlanId : count;
}

function tagControl(tag: FrameTag, id: number): number {
  return ((tag.pcp ?? 0) << 13) | id;
}

function frame(request: FrameRequest, sequence: number): Uint8Array {
  const { probe, index } = request;
  const link: LinkPart = {
    source: probe.source,
    destination: probe.destination,
    tags: probe.tags.map((tag) =>
      vlanTag(tag.vid === "sweep" ? 0 : tag.vid, tag.tpid, tag.pcp ?? 0),
    ),
  };
  const bytes = body(request, link, encodeProbeToken({ index, sequence }));
  return concatBytes([bytes, new Uint8Array(Math.max(0, shortestFrame - bytes.length))]);
}

/**
 * For IP a UDP datagram to the discard port whose payload is the token, for ARP a request with the token behind it (in
 * what would be padding), else the bare token.
 */
function body(request: FrameRequest, link: LinkPart, token: Uint8Array): Uint8Array {
  const ports = { sourcePort: discardPort, destinationPort: discardPort };
  switch (request.probe.etherType) {
    case EtherType.ipv4:
      return udpFrame(link, addressesOf(request, 4), ports, token);
    case EtherType.ipv6:
      return udpFrame(link, addressesOf(request, 6), ports, token);
    case EtherType.arp: {
      const { source, destination } = addressesOf(request, 4);
      const packet = {
        operation: 1,
        senderMac: request.probe.source,
        senderAddress: source,
        targetMac: mac("00:00:00:00:00:00"),
        targetAddress: destination,
      };
      return concatBytes([arpFrame(link, packet), token]);
    }
    default:
      return ethernetFrame(link, request.probe.etherType, token);
  }
}

function addressesOf(request: FrameRequest, version: 4 | 6): Addresses {
  return request.addresses ?? documentation[version];
}
