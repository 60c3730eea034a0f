import { destinationAddress, sourceAddress, vlanIds } from "../packet/decode.ts";
import { type Decoded, Layer, type Level } from "../packet/decoded.ts";
import { EtherType } from "../packet/ether-type.ts";
import { macFromBytes } from "../units/mac.ts";

/** TCP's flags from the lowest bit (RFC 9293 section 3.1). */
const flagNames = ["FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR"];

/** One line for people: `02:..:01 > 02:..:02 802.1Q 10 IPv4 10.0.0.1 > 10.0.0.2 TCP 40000 > 443 SYN`. */
export function frameSummary(bytes: Uint8Array, decoded: Decoded): string {
  const parts = [levelSummary(bytes, decoded.outer)];
  if (decoded.inner !== decoded.outer) {
    const { carrier, tunnelId } = decoded.inner;
    const tunnel = carrier === "vxlan" ? `VXLAN ${tunnelId}` : carrier.toUpperCase();
    parts.push(tunnel, levelSummary(bytes, decoded.inner));
  }
  return parts.join(" ");
}

function levelSummary(bytes: Uint8Array, level: Level): string {
  const parts: string[] = [];
  if (level.ethernetOffset >= 0) {
    const at = level.ethernetOffset;
    parts.push(`${macFromBytes(bytes, at + 6)} > ${macFromBytes(bytes, at)}`);
    if (level.vlanCount > 0) parts.push(tagsSummary(level));
  }
  if (level.arpOffset >= 0) parts.push("ARP");
  else if (level.ipVersion !== 0) parts.push(ipSummary(bytes, level));
  else if (level.etherType >= 0) parts.push(typeName(level.etherType));
  return parts.join(" ");
}

function tagsSummary(level: Level): string {
  const types = level.vlanTypes;
  return vlanIds(level)
    .map((id, index) => (types[index] === EtherType.vlan ? `802.1Q ${id}` : `802.1ad ${id}`))
    .join(" ");
}

function typeName(etherType: number): string {
  return `0x${etherType.toString(16).padStart(4, "0")}`;
}

function ipSummary(bytes: Uint8Array, level: Level): string {
  const pair = `${sourceAddress(bytes, level)} > ${destinationAddress(bytes, level)}`;
  return `IPv${level.ipVersion} ${pair} ${transportSummary(level)}`;
}

function transportSummary(level: Level): string {
  const ports = `${level.sourcePort} > ${level.destinationPort}`;
  switch (level.transport) {
    case Layer.tcp: {
      const flags = flagNames.filter((_, bit) => (level.tcpFlags & (1 << bit)) !== 0);
      return `TCP ${ports} ${flags.join(",")}`;
    }
    case Layer.udp:
      return `UDP ${ports}`;
    case Layer.icmp:
      return `ICMP ${level.icmpType}/${level.icmpCode}`;
    case Layer.icmpv6:
      return `ICMPv6 ${level.icmpType}/${level.icmpCode}`;
    default:
      return `protocol ${level.protocol}`;
  }
}
