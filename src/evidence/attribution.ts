import { uint16, uint32 } from "../packet/byte-order.ts";
import { type Decoded, Layer, type Level } from "../packet/decoded.ts";
import { isProbeToken, tokenLength } from "../packet/probe-token.ts";
import type { TrialId } from "../trial/trial.ts";
import { type IpAddress, ipFromBigInt } from "../units/ip.ts";
import type { SentProbe, Sighting } from "./evidence.ts";

/** A probe that was sent, and the trial it belongs to. */
export type KnownProbe = { readonly trial: TrialId; readonly sent: SentProbe };

/** Whose packet it is. A TCP segment without a token is known only once its connection's first number is. */
export type Attribution = {
  readonly known: KnownProbe;
  readonly sequence: number;
  readonly role: Sighting["role"];
};

/** The probes of a run by what their packets can be recognised by. */
export type ProbeTable = {
  readonly byIndex: ReadonlyMap<number, KnownProbe>;
  /** ARP and neighbour discovery: by the address asked for, which no other probe asks for. */
  readonly byTarget: ReadonlyMap<string, KnownProbe>;
  /** Ports that TCP probes try. */
  readonly tcpPorts: ReadonlySet<number>;
};

export function probeTable(probes: readonly KnownProbe[]): ProbeTable {
  const byTarget = new Map<string, KnownProbe>();
  const tcpPorts = new Set<number>();
  for (const known of probes) {
    const { probe } = known.sent;
    if (probe.kind === "arp") byTarget.set(probe.to, known);
    if (probe.kind === "tcp" && probe.port !== undefined) tcpPorts.add(probe.port);
  }
  return {
    byIndex: new Map(probes.map((known) => [known.sent.index, known])),
    byTarget,
    tcpPorts,
  };
}

/** Attributes by token, in the packet itself, in a tunnel, or in what an ICMP error quotes; or by an address asked for. */
export function attribute(
  table: ProbeTable,
  bytes: Uint8Array,
  end: number,
  decoded: Decoded,
): Attribution | undefined {
  if (decoded.hasQuoted) return byToken(table, bytes, end, decoded.quoted, "error");
  const { inner } = decoded;
  if (inner.arpOffset >= 0) return byArp(table, bytes, end, inner);
  const neighbour = byNeighbour(table, bytes, end, inner);
  return neighbour ?? byToken(table, bytes, end, inner, undefined);
}

function byToken(
  table: ProbeTable,
  bytes: Uint8Array,
  end: number,
  level: Level,
  role: "error" | undefined,
): Attribution | undefined {
  const at = level.payloadOffset;
  if (at < 0 || !isProbeToken(bytes, at, end)) return undefined;
  const known = table.byIndex.get(uint32(bytes, at + tokenLength - 8));
  if (known === undefined) return undefined;
  const sequence = uint32(bytes, at + tokenLength - 4);
  return { known, sequence, role: role ?? roleOf(known, level) };
}

/** Services send back what they got, so an answer carries the question's token. */
function roleOf({ sent: { probe } }: KnownProbe, level: Level): "request" | "reply" {
  switch (probe.kind) {
    case "icmp":
      return level.icmpType === 0 || level.icmpType === 129 ? "reply" : "request";
    case "udp":
    case "tcp":
      return level.sourcePort === probe.port && level.destinationPort !== probe.port
        ? "reply"
        : "request";
    case "arp":
    case "frame":
    case "stream":
      return "request";
    default:
      return probe satisfies never;
  }
}

/** RFC 826: operation at 6, sender's address at 14, target's address at 24 for Ethernet and IPv4. */
function byArp(
  table: ProbeTable,
  bytes: Uint8Array,
  end: number,
  level: Level,
): Attribution | undefined {
  const at = level.arpOffset;
  if (end - at < 28) return undefined;
  const isReply = uint16(bytes, at + 6) === 2;
  const address = ipFromBigInt(BigInt(uint32(bytes, at + (isReply ? 14 : 24))), 4);
  return byAddress(table, address, isReply);
}

/** RFC 4861 sections 4.3 and 4.4: the target address of a solicitation or an advertisement. */
function byNeighbour(
  table: ProbeTable,
  bytes: Uint8Array,
  end: number,
  level: Level,
): Attribution | undefined {
  const isAdvertisement = level.icmpType === 136;
  if (level.transport !== Layer.icmpv6 || !(isAdvertisement || level.icmpType === 135)) {
    return undefined;
  }
  const at = level.transportOffset + 8;
  if (end - at < 16) return undefined;
  let value = 0n;
  for (let word = 0; word < 4; word++) {
    value = (value << 32n) | BigInt(uint32(bytes, at + 4 * word));
  }
  return byAddress(table, ipFromBigInt(value, 6), isAdvertisement);
}

function byAddress(
  table: ProbeTable,
  address: IpAddress,
  isReply: boolean,
): Attribution | undefined {
  const known = table.byTarget.get(address);
  if (known === undefined) return undefined;
  return { known, sequence: 0, role: isReply ? "reply" : "request" };
}
