import { layerStack } from "../../../src/packet/decode.ts";
import { type Decoded, Layer, layerNames } from "../../../src/packet/decoded.ts";

/** Wireshark's names (field frame.protocols) of the layers that we decode. */
const ours = new Map<string, keyof typeof Layer>([
  ["eth", "ethernet"],
  ["vlan", "vlan"],
  ["llc", "llc"],
  ["arp", "arp"],
  ["ip", "ipv4"],
  ["ipv6", "ipv6"],
  ["ipv6.hopopts", "ipv6HopByHop"],
  ["ipv6.routing", "ipv6Routing"],
  ["ipv6.fraghdr", "ipv6Fragment"],
  ["ipv6.dstopts", "ipv6Destination"],
  ["ah", "authentication"],
  ["icmp", "icmp"],
  ["icmpv6", "icmpv6"],
  ["tcp", "tcp"],
  ["udp", "udp"],
  ["vxlan", "vxlan"],
  ["gre", "gre"],
  ["erspan", "erspan"],
  ["sll", "cooked"],
  ["null", "loopback"],
]);

/** Entries that stand for no header of their own. */
const noHeader = new Set(["ethertype", "raw"]);

/** The part of Wireshark's stack that we decode: up to the first protocol we do not know. */
export function knownPart(tsharkStack: string): string {
  const names: string[] = [];
  for (const name of tsharkStack.split(":")) {
    if (noHeader.has(name)) continue;
    const layer = ours.get(name);
    if (layer === undefined) break;
    names.push(layer);
  }
  return names.join(":");
}

/** Our stack as Wireshark would tell it: it names a header also when that is cut. */
export function asTsharkWould(decoded: Decoded): string {
  const stack = layerStack(decoded);
  const { cutLayer, layers, layerCount } = decoded;
  if (cutLayer === Layer.payload || layers[layerCount - 1] === cutLayer) return stack;
  return [stack, layerNames[cutLayer]].filter(Boolean).join(":");
}
