import { decode } from "./decode.ts";
import {
  type NeighbourMessage,
  neighbourFlag,
  neighbourShape,
  neighbourState,
  neighbourType,
} from "./neighbour-message.ts";
import { type NetlinkRequest, netlinkRequest, requestFlags } from "./request.ts";
import type { NetlinkSocket } from "./socket.ts";

const bridgeFamily = 7;

/**
 * An entry of a forwarding table.
 *
 * In a bridge (`on: "bridge"`) it says behind which port (`index`) a MAC address lives. In a VXLAN interface
 * (`on: "device"`) it says to which tunnel end (`remote`) frames for it go; the address 00:00:00:00:00:00 takes those
 * for everybody else, and may have several remotes (`appendForwarding`).
 */
export type ForwardingEntry = {
  readonly on: "bridge" | "device";
  readonly index: number;
  readonly mac: string;
  readonly vlan?: number;
  readonly remote?: string;
  readonly vni?: number;
  readonly port?: number;
  /** Ages out unless used; otherwise the entry stays until deleted. */
  readonly ageing?: boolean;
  /** Made by a control plane: the bridge does not take it over from a frame. */
  readonly externallyLearned?: boolean;
  /** The MAC address belongs to the interface itself: frames for it are not forwarded. */
  readonly own?: boolean;
  readonly sticky?: boolean;
};

/**
 * Adds an entry, or replaces the one of the same address (and VLAN). Where a VXLAN interface sends group and unknown
 * addresses cannot be replaced, only appended to: there a second one is refused with EEXIST.
 */
export function addForwarding(entry: ForwardingEntry): NetlinkRequest {
  return creation(entry, isGroup(entry.mac) ? requestFlags.exclusive : requestFlags.replace);
}

function isGroup(mac: string): boolean {
  return mac === "00:00:00:00:00:00" || (Number.parseInt(mac.slice(0, 2), 16) & 1) === 1;
}

/** Adds one more remote to an address of a VXLAN interface. */
export function appendForwarding(entry: ForwardingEntry): NetlinkRequest {
  return creation(entry, requestFlags.append);
}

function creation(entry: ForwardingEntry, flags: number): NetlinkRequest {
  return netlinkRequest(
    neighbourType.create,
    requestFlags.create | flags,
    neighbourShape,
    message(entry),
    `add forwarding of ${entry.mac} at interface ${entry.index}`,
  );
}

export function deleteForwarding(entry: ForwardingEntry): NetlinkRequest {
  return netlinkRequest(
    neighbourType.remove,
    0,
    neighbourShape,
    message(entry),
    `delete forwarding of ${entry.mac} at interface ${entry.index}`,
  );
}

function message(entry: ForwardingEntry): NeighbourMessage {
  const { vlan, remote, vni, port } = entry;
  return {
    family: bridgeFamily,
    index: entry.index,
    state: stateOf(entry),
    flags:
      (entry.on === "bridge" ? neighbourFlag.master : neighbourFlag.self) |
      (entry.externallyLearned === true ? neighbourFlag.externallyLearned : 0) |
      (entry.sticky === true ? neighbourFlag.sticky : 0),
    linkAddress: entry.mac,
    ...(vlan === undefined ? {} : { vlan }),
    ...(remote === undefined ? {} : { destination: remote }),
    ...(vni === undefined ? {} : { vni }),
    ...(port === undefined ? {} : { port }),
  };
}

function stateOf(entry: ForwardingEntry): number {
  if (entry.own === true) {
    return neighbourState.permanent;
  }
  if (entry.ageing === true) {
    return neighbourState.reachable;
  }
  // A VXLAN interface keeps "permanent" entries; a bridge calls them "static" and keeps "permanent" for its own MACs.
  return entry.on === "bridge" ? neighbourState.noArp : neighbourState.permanent;
}

/** All forwarding entries of the socket's namespace: bridges', VXLANs', and multicast filters of other interfaces. */
export function readForwarding(socket: NetlinkSocket): readonly ForwardingEntry[] {
  const request = netlinkRequest(
    neighbourType.get,
    0,
    neighbourShape,
    { family: bridgeFamily },
    "list forwarding entries",
  );
  return socket.dump(request).map((payload) => asEntry(decode(neighbourShape, payload)));
}

function asEntry(entry: NeighbourMessage): ForwardingEntry {
  const flags = entry.flags ?? 0;
  const state = entry.state ?? 0;
  // Bridge entries carry NDA_MASTER; those of the interface itself carry only the "self" flag.
  const on = entry.master === undefined ? "device" : "bridge";
  return {
    on,
    index: entry.index ?? 0,
    mac: entry.linkAddress ?? "",
    ageing: (state & (neighbourState.noArp | neighbourState.permanent)) === 0,
    externallyLearned: (flags & neighbourFlag.externallyLearned) !== 0,
    own: on === "bridge" && (state & neighbourState.permanent) !== 0,
    sticky: (flags & neighbourFlag.sticky) !== 0,
    ...(entry.vlan === undefined ? {} : { vlan: entry.vlan }),
    ...(entry.destination === undefined ? {} : { remote: entry.destination }),
    ...(entry.vni === undefined ? {} : { vni: entry.vni }),
    ...(entry.port === undefined ? {} : { port: entry.port }),
  };
}
