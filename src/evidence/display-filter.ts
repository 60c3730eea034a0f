import { encodeProbeToken, tokenLength } from "../packet/probe-token.ts";
import type { Expectation } from "../trial/trial.ts";
import { ipVersion } from "../units/ip.ts";
import type { SentProbe } from "./evidence.ts";

/** Bytes of a token that all packets of one probe share: magic and index. */
const sharedTokenBytes = 12;

/** A connection uses as many sequence numbers as a token has bytes, and one each for SYN and FIN. */
const numbersOfConnection = tokenLength + 2;

type Role = NonNullable<Expectation["role"]>;

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
  const place = `frame.interface_name == "${at}" && frame.packet_flags_direction == ${direction === "in" ? 1 : 2}`;
  const tags: string[] = [];
  if (outermostVlan !== undefined) tags.push(`vlan.id#1 == ${outermostVlan}`);
  if (vlanIds !== undefined) tags.push(...vlanIds.map((id, at) => `vlan.id#${at + 1} == ${id}`));
  if (vlanIds?.length === 0) tags.push("!vlan");
  if (frames.kind === "vlan-ids" && frames.ids.length > 0) {
    tags.push(`!(vlan.id in {${frames.ids.join(", ")}})`);
  }
  return [place, probeFilter(sent, role, openings), ...tags].join(" && ");
}

/** Wireshark display filter for every packet of a probe, or for every answer to it, wherever it is. */
export function probeFilter(
  { probe, index, sourcePort, sourcePorts }: SentProbe,
  role: Role = "request",
  openings: readonly number[] = [],
): string {
  const isReply = role === "reply";
  const isIpv6 = "port" in probe || "count" in probe ? isVersion6(probe) : false;
  switch (probe.kind) {
    case "arp":
      return arpFilter(probe.to, isIpv6, isReply);
    case "tcp":
      return tcpFilter(
        probe.port ?? 0,
        isReply,
        openings,
        sourcePorts ?? (sourcePort === undefined ? [] : [sourcePort]),
      );
    case "icmp": {
      const type = isIpv6 ? `icmpv6.type#1 == ${isReply ? 129 : 128}` : `icmp.type#1 == ${isReply ? 0 : 8}`;
      return `${type} && ${tokenFilter(index)}`;
    }
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
