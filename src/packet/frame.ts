import { type IpAddress, ipVersion } from "../units/ip.ts";
import { type Mac, mac } from "../units/mac.ts";
import { type ArpPacket, encodeArp } from "./arp.ts";
import { concatBytes, writeUint16 } from "./byte-order.ts";
import { foldChecksum, pseudoHeaderSum, sumOfWords } from "./checksum.ts";
import { EtherType } from "./ether-type.ts";
import { type EthernetHeader, encodeEthernet, type VlanTag } from "./ethernet.ts";
import { echoFields, encodeIcmp, IcmpType, quotePacket } from "./icmp.ts";
import { encodeIcmpv6, Icmpv6Type, type NeighborMessage, neighborMessage } from "./icmpv6.ts";
import { ipToBytes } from "./ip-bytes.ts";
import { IpProtocol } from "./ip-protocol.ts";
import { encodeIpv4, type Ipv4Header } from "./ipv4.ts";
import { encodeIpv6, type Ipv6Header } from "./ipv6.ts";
import { encodeSentinelToken, type SentinelToken } from "./probe-token.ts";
import { encodeTcp, type TcpHeader } from "./tcp.ts";
import { encodeUdp } from "./udp.ts";
import { encodeVxlan, vxlanPort } from "./vxlan.ts";

/** The Ethernet part of a frame; tags outermost first. */
export type LinkPart = {
  readonly source: Mac;
  readonly destination: Mac;
  readonly tags?: readonly VlanTag[];
};

/** The IP part of a frame; the version follows from the addresses. */
export type IpPart = {
  readonly source: IpAddress;
  readonly destination: IpAddress;
  /** TTL or hop limit, 64 unless said. */
  readonly ttl?: number;
  readonly v4?: Partial<Ipv4Header>;
  readonly v6?: Partial<Ipv6Header>;
};

export type PortPart = { readonly sourcePort: number; readonly destinationPort: number };

export const broadcastMac: Mac = mac("ff:ff:ff:ff:ff:ff");

/** A customer tag (802.1Q) unless another type is given. */
export function vlanTag(id: number, type: number = EtherType.vlan, priority = 0): VlanTag {
  return { type, priority, dropEligible: false, id };
}

/** Any frame: an EtherType (or an LLC length) and what follows it. Not padded to 60 bytes: drivers do that. */
export function ethernetFrame(link: LinkPart, type: number, payload: Uint8Array): Uint8Array {
  const header: EthernetHeader = { ...link, tags: link.tags ?? [], type };
  return concatBytes([encodeEthernet(header), payload]);
}

export function arpFrame(link: LinkPart, packet: ArpPacket): Uint8Array {
  return ethernetFrame(link, EtherType.arp, encodeArp(packet));
}

/** An IP packet around `payload`, with the right header checksum. */
export function ipPacket(ip: IpPart, protocol: number, payload: Uint8Array): Uint8Array {
  const { source, destination, ttl = 64 } = ip;
  const common = { source, destination, protocol, payloadLength: payload.length, trafficClass: 0 };
  if (ipVersion(source) === 6) {
    const header = { ...common, hopLimit: ttl, flowLabel: 0, extensions: [], ...ip.v6 };
    return concatBytes([encodeIpv6(header), payload]);
  }
  const header = encodeIpv4({
    ...common,
    ttl,
    identification: 0,
    dontFragment: true,
    moreFragments: false,
    fragmentOffset: 0,
    options: new Uint8Array(0),
    ...ip.v4,
  });
  return concatBytes([header, payload]);
}

/** An IP packet in an Ethernet frame. */
export function ipFrame(
  link: LinkPart,
  ip: IpPart,
  protocol: number,
  payload: Uint8Array,
): Uint8Array {
  const type = ipVersion(ip.source) === 4 ? EtherType.ipv4 : EtherType.ipv6;
  return ethernetFrame(link, type, ipPacket(ip, protocol, payload));
}

function transportChecksum(ip: IpPart, protocol: number, bytes: Uint8Array): number {
  const pseudo = pseudoHeaderSum(
    ipToBytes(ip.source),
    ipToBytes(ip.destination),
    protocol,
    bytes.length,
  );
  return foldChecksum(pseudo + sumOfWords(bytes));
}

/** UDP header and payload with the right checksum for these addresses. */
export function udpDatagram(ip: IpPart, ports: PortPart, payload: Uint8Array): Uint8Array {
  const header = encodeUdp({ ...ports, length: 8 + payload.length, checksum: 0 });
  const bytes = concatBytes([header, payload]);
  // RFC 768: a computed zero is sent as all ones, since zero means "none".
  writeUint16(bytes, 6, transportChecksum(ip, IpProtocol.udp, bytes) || 0xffff);
  return bytes;
}

export function udpFrame(
  link: LinkPart,
  ip: IpPart,
  ports: PortPart,
  payload: Uint8Array,
): Uint8Array {
  return ipFrame(link, ip, IpProtocol.udp, udpDatagram(ip, ports, payload));
}

/** A TCP segment with the right checksum; fields not given are 0 (window 64240). */
function tcpSegment(
  ip: IpPart,
  header: PortPart & Partial<TcpHeader>,
  payload: Uint8Array,
): Uint8Array {
  const defaults = { sequence: 0, acknowledgment: 0, flags: 0, window: 64_240, urgentPointer: 0 };
  const encoded = encodeTcp({ ...defaults, options: [], ...header, checksum: 0 });
  const bytes = concatBytes([encoded, payload]);
  writeUint16(bytes, 16, transportChecksum(ip, IpProtocol.tcp, bytes));
  return bytes;
}

export function tcpFrame(
  link: LinkPart,
  ip: IpPart,
  header: PortPart & Partial<TcpHeader>,
  payload: Uint8Array = new Uint8Array(0),
): Uint8Array {
  return ipFrame(link, ip, IpProtocol.tcp, tcpSegment(ip, header, payload));
}

export type EchoPart = {
  readonly identifier: number;
  readonly sequence: number;
  readonly reply?: boolean;
};

/** An ICMP or ICMPv6 echo, by the version of the addresses. */
export function echoFrame(
  link: LinkPart,
  ip: IpPart,
  echo: EchoPart,
  payload: Uint8Array,
): Uint8Array {
  const rest = echoFields(echo.identifier, echo.sequence);
  const message = { code: 0, rest, body: payload };
  if (ipVersion(ip.source) === 4) {
    const type = echo.reply ? IcmpType.echoReply : IcmpType.echoRequest;
    return ipFrame(link, ip, IpProtocol.icmp, encodeIcmp({ type, ...message }));
  }
  const type = echo.reply ? Icmpv6Type.echoReply : Icmpv6Type.echoRequest;
  const bytes = encodeIcmpv6({ type, ...message }, ip.source, ip.destination);
  return ipFrame(link, ip, IpProtocol.icmpv6, bytes);
}

/** An ICMP error that quotes `packet`, which begins with its IP header. */
export function icmpErrorFrame(
  link: LinkPart,
  ip: IpPart,
  error: { readonly type: number; readonly code: number; readonly rest?: number },
  packet: Uint8Array,
): Uint8Array {
  const message = { rest: 0, ...error, body: quotePacket(packet) };
  if (ipVersion(ip.source) === 4) {
    return ipFrame(link, ip, IpProtocol.icmp, encodeIcmp(message));
  }
  const bytes = encodeIcmpv6(message, ip.source, ip.destination);
  return ipFrame(link, ip, IpProtocol.icmpv6, bytes);
}

/** A neighbor solicitation or advertisement; RFC 4861 section 7.1 wants hop limit 255. */
export function neighborFrame(link: LinkPart, ip: IpPart, neighbor: NeighborMessage): Uint8Array {
  const bytes = encodeIcmpv6(neighborMessage(neighbor), ip.source, ip.destination);
  return ipFrame(link, { ttl: 255, ...ip }, IpProtocol.icmpv6, bytes);
}

/** A frame inside VXLAN (RFC 7348 section 5). */
export function vxlanFrame(
  link: LinkPart,
  ip: IpPart,
  tunnel: { readonly vni: number; readonly sourcePort: number },
  inner: Uint8Array,
): Uint8Array {
  const header = encodeVxlan({ vniValid: true, vni: tunnel.vni });
  const ports = { sourcePort: tunnel.sourcePort, destinationPort: vxlanPort };
  return udpFrame(link, ip, ports, concatBytes([header, inner]));
}

/** The frame that ends the recording of one interface. */
export function sentinelFrame(link: LinkPart, token: SentinelToken): Uint8Array {
  return ethernetFrame(link, EtherType.sentinel, encodeSentinelToken(token));
}
