import { encodeProbeToken } from "../packet/probe-token.ts";
import type { Expectation } from "../trial/trial.ts";
import { ipVersion } from "../units/ip.ts";
import type { SentProbe } from "./evidence.ts";

/** Bytes of a token that all packets of one probe share: magic and index. */
const sharedTokenBytes = 12;

/**
 * Wireshark display filter for the frames an expectation is about, at its point: shows them, or for an absence nothing.
 * Direction is `epb_flags`: 1 in, 2 out.
 */
export function displayFilter(sent: SentProbe, expectation: Expectation): string {
  const { at, direction, vlanIds, outermostVlan, frames } = expectation;
  const place = `frame.interface_name == "${at}" && frame.packet_flags_direction == ${direction === "in" ? 1 : 2}`;
  const tags: string[] = [];
  if (outermostVlan !== undefined) tags.push(`vlan.id == ${outermostVlan}`);
  if (vlanIds !== undefined) tags.push(...vlanIds.map((id) => `vlan.id == ${id}`));
  if (vlanIds?.length === 0) tags.push("!vlan");
  if (frames.kind === "vlan-ids" && frames.ids.length > 0) {
    tags.push(`!(vlan.id in {${frames.ids.join(", ")}})`);
  }
  return [place, probeFilter(sent), ...tags].join(" && ");
}

/** Wireshark display filter for every packet of a probe, wherever it is. */
export function probeFilter({ probe, index, sourcePort, sourcePorts }: SentProbe): string {
  switch (probe.kind) {
    case "arp":
      return ipVersion(probe.to) === 4
        ? `arp.dst.proto_ipv4 == ${probe.to}`
        : `icmpv6.nd.ns.target_address == ${probe.to}`;
    case "tcp": {
      const ports = sourcePorts ?? (sourcePort === undefined ? [] : [sourcePort]);
      const field = ipVersion(probe.to) === 4 ? "ip.addr" : "ipv6.addr";
      const source = ports.length === 0 ? "" : ` && tcp.port in {${ports.join(", ")}}`;
      return `${field} == ${probe.to} && tcp.port == ${probe.port ?? 0}${source}`;
    }
    case "frame":
    case "udp":
    case "icmp":
    case "stream":
      return `frame contains ${tokenText(index)}`;
    default:
      return probe satisfies never;
  }
}

function tokenText(index: number): string {
  const bytes = encodeProbeToken({ index, sequence: 0 }).subarray(0, sharedTokenBytes);
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(":");
}
