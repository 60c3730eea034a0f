import type { IpAddress } from "../units/ip.ts";
import { stepIpv4, stepIpv6, stepIpv6Extension, stepIpv6Fragment } from "./decode-ip.ts";
import { firstLayer, stepArp, stepEthernet } from "./decode-link.ts";
import { stepIcmp, stepIcmpv6, stepTcp, stepUdp } from "./decode-transport.ts";
import { stepErspan, stepGre, stepVxlan } from "./decode-tunnel.ts";
import {
  type Decoded,
  Layer,
  type Level,
  layerNames,
  maximumLayers,
  resetLevel,
  stop,
} from "./decoded.ts";
import { ipFromBytes } from "./ip-bytes.ts";

/**
 * Takes one frame apart in one pass. Nothing is allocated and nothing thrown: what is missing or wrong is in
 * `decoded.problem`, and everything before it is filled in. Nesting is bounded by `maximumLevels` and `maximumLayers`.
 *
 * @param offset of the frame in `bytes`
 * @param length captured bytes
 */
export function decodeFrame(
  bytes: Uint8Array,
  offset: number,
  length: number,
  linkType: number,
  decoded: Decoded,
): void {
  const first = decoded.levels[0] as Level;
  resetLevel(first, "link", -1);
  decoded.layerCount = 0;
  decoded.levelCount = 1;
  decoded.outer = first;
  decoded.inner = first;
  decoded.current = first;
  decoded.hasQuoted = false;
  decoded.problem = "";
  decoded.problemLayer = Layer.payload;
  decoded.problemOffset = -1;
  decoded.cutLayer = Layer.payload;
  decoded.opens = false;
  decoded.carrier = "link";
  decoded.tunnelId = -1;
  decoded.position = offset;
  decoded.end = offset + length;
  decoded.next = -1;
  firstLayer(bytes, decoded, linkType);
  while (decoded.next > Layer.payload) {
    if (decoded.layerCount >= maximumLayers) stop(decoded, "too-deep");
    else step(bytes, decoded, decoded.next as Layer);
  }
  finish(decoded);
}

function finish(decoded: Decoded): void {
  const level = decoded.current;
  if (level.payloadOffset < 0) {
    level.payloadOffset = decoded.position;
    level.payloadLength = Math.max(0, decoded.end - decoded.position);
  }
  decoded.payloadOffset = decoded.inner.payloadOffset;
  decoded.payloadLength = decoded.inner.payloadLength;
}

function step(bytes: Uint8Array, decoded: Decoded, layer: Layer): void {
  switch (layer) {
    case Layer.ethernet:
      stepEthernet(bytes, decoded);
      break;
    case Layer.ipv4:
      stepIpv4(bytes, decoded);
      break;
    case Layer.ipv6:
      stepIpv6(bytes, decoded);
      break;
    case Layer.tcp:
      stepTcp(bytes, decoded);
      break;
    case Layer.udp:
      stepUdp(bytes, decoded);
      break;
    case Layer.arp:
      stepArp(bytes, decoded);
      break;
    default:
      stepRareLayer(bytes, decoded, layer);
  }
}

function stepRareLayer(bytes: Uint8Array, decoded: Decoded, layer: Layer): void {
  switch (layer) {
    case Layer.icmp:
      stepIcmp(bytes, decoded);
      break;
    case Layer.icmpv6:
      stepIcmpv6(bytes, decoded);
      break;
    case Layer.vxlan:
      stepVxlan(bytes, decoded);
      break;
    case Layer.gre:
      stepGre(bytes, decoded);
      break;
    case Layer.erspan:
      stepErspan(bytes, decoded);
      break;
    case Layer.ipv6Fragment:
      stepIpv6Fragment(bytes, decoded);
      break;
    case Layer.ipv6HopByHop:
    case Layer.ipv6Routing:
    case Layer.ipv6Destination:
    case Layer.authentication:
      stepIpv6Extension(bytes, decoded, layer);
      break;
    default:
      decoded.next = Layer.payload;
  }
}

/** The stack as text, outermost first: `ethernet:vlan:ipv4:udp:vxlan:ethernet:ipv4:tcp`. */
export function layerStack(decoded: Decoded): string {
  const names: string[] = [];
  for (let index = 0; index < decoded.layerCount; index++) {
    names.push(layerNames[decoded.layers[index] ?? 0] ?? "payload");
  }
  return names.join(":");
}

/** VLAN ids of a level, outermost tag first; 0 is a priority tag. */
export function vlanIds(level: Level): number[] {
  const kept = Math.min(level.vlanCount, level.vlanTags.length);
  return Array.from(level.vlanTags.subarray(0, kept), (tag) => tag & 0xfff);
}

/** The level's IP source, undefined where it has no IP header. */
export function sourceAddress(bytes: Uint8Array, level: Level): IpAddress | undefined {
  if (level.ipVersion === 0) return undefined;
  return ipFromBytes(bytes, level.ipOffset + (level.ipVersion === 4 ? 12 : 8), level.ipVersion);
}

/** The level's IP destination, undefined where it has no IP header. */
export function destinationAddress(bytes: Uint8Array, level: Level): IpAddress | undefined {
  if (level.ipVersion === 0) return undefined;
  return ipFromBytes(bytes, level.ipOffset + (level.ipVersion === 4 ? 16 : 24), level.ipVersion);
}
