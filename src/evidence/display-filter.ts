import { encodeProbeToken, tokenLength } from "../packet/probe-token.ts";
import type { Expectation } from "../trial/trial.ts";
import { type IpAddress, ipVersion } from "../units/ip.ts";
import type { SentProbe } from "./evidence.ts";

/** Bytes of a token that all packets of one probe share: magic and index. */
const sharedTokenBytes = 12;

/** A connection uses as many sequence numbers as a token has bytes, and one each for SYN and FIN. */
const numbersOfConnection = tokenLength + 2;

type Role = "request" | "reply";

/**
 * Wireshark display filter (4.0 or later) for the frames an expectation is about, at its point: shows exactly those that
 * were attributed to it, or for an absence nothing. Direction is `epb_flags`: 1 in, 2 out. `openings`: initial sequence
 * numbers of a TCP probe, from its sender's recording.
 */
export function displayFilter(
  sent: SentProbe,
  expectation: Expectation,
  openings: readonly number[] = [],
): string {
  const { at, direction, vlanIds, outermostVlan, frames, role = "request" } = expectation;
  const where = `frame.interface_name == "${at}" && frame.packet_flags_direction == ${direction === "in" ? 1 : 2}`;
  const tags: string[] = [];
  if (outermostVlan !== undefined) tags.push(`vlan.id#1 == ${outermostVlan}`);
  if (vlanIds !== undefined)
    tags.push(...vlanIds.map((id, place) => `vlan.id#${place + 1} == ${id}`));
  if (vlanIds !== undefined)
    tags.push(vlanIds.length === 0 ? "!vlan" : `!vlan.id#${vlanIds.length + 1}`);
  if (frames.kind === "vlan-ids" && frames.ids.length > 0) {
    tags.push(`!(vlan.id in {${frames.ids.join(", ")}})`);
  }
  return [where, probeFilter(sent, role, openings), ...tags].join(" && ");
}

/** Wireshark display filter for every packet of a probe, or for every answer to it, wherever it is. */
export function probeFilter(
  sent: SentProbe,
  role: Role = "request",
  openings: readonly number[] = [],
): string {
  const { probe, index } = sent;
  const isReply = role === "reply";
  switch (probe.kind) {
    case "arp":
      return neighbourFilter(probe.to, isReply);
    case "tcp":
      return tcpFilter(sent, probe.port ?? 0, isReply, openings);
    case "icmp":
      return `${echoFilter(probe.to, isReply)} && ${tokenFilter(index)}`;
    case "udp":
      return `udp.${isReply ? "src" : "dst"}port == ${probe.port ?? 0} && ${unquoted} && ${tokenFilter(index)}`;
    case "stream":
      return `udp && ${unquoted} && ${tokenFilter(index)}`;
    case "frame":
      return tokenFilter(index);
    default:
      return probe satisfies never;
  }
}

/** An ICMP error quotes the packet that it is about, token and all. */
const unquoted = "!icmp && !icmpv6";

function neighbourFilter(asked: IpAddress, isReply: boolean): string {
  if (ipVersion(asked) === 6) {
    return `icmpv6.nd.${isReply ? "na" : "ns"}.target_address == ${asked}`;
  }
  return isReply
    ? `arp.opcode == 2 && arp.src.proto_ipv4 == ${asked}`
    : `arp.opcode != 2 && arp.dst.proto_ipv4 == ${asked}`;
}

function echoFilter(to: IpAddress, isReply: boolean): string {
  return ipVersion(to) === 6
    ? `icmpv6.type#1 == ${isReply ? 129 : 128}`
    : `icmp.type#1 == ${isReply ? 0 : 8}`;
}

/** By the sequence numbers of its connections, which no router rewrites; by its source ports where no segment left. */
function tcpFilter(
  { sourcePort, sourcePorts }: SentProbe,
  port: number,
  isReply: boolean,
  openings: readonly number[],
): string {
  const [near, far] = isReply ? ["dst", "src"] : ["src", "dst"];
  const service = `tcp.${far}port == ${port}`;
  if (openings.length > 0) {
    const field = isReply ? "tcp.ack_raw" : "tcp.seq_raw";
    return `${service} && ${field} in {${openings.flatMap(numbersFrom).join(", ")}}`;
  }
  const ports = sourcePorts ?? (sourcePort === undefined ? [] : [sourcePort]);
  return ports.length === 0 ? service : `${service} && tcp.${near}port in {${ports.join(", ")}}`;
}

/** Sequence numbers begin again after 2^32 - 1 (RFC 9293 section 3.4). */
function numbersFrom(first: number): readonly string[] {
  const last = first + numbersOfConnection;
  return last < 2 ** 32
    ? [`${first}..${last}`]
    : [`${first}..${2 ** 32 - 1}`, `0..${last - 2 ** 32}`];
}

function tokenFilter(index: number): string {
  const bytes = encodeProbeToken({ index, sequence: 0 }).subarray(0, sharedTokenBytes);
  const text = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(":");
  return `frame contains ${text}`;
}
