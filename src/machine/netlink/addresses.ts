import { ipToBytes } from "../libc/ip-address.ts";
import type { Shape } from "./attribute-table.ts";
import { decode } from "./decode.ts";
import { type NetlinkRequest, netlinkRequest, requestFlags } from "./request.ts";
import type { NetlinkSocket } from "./socket.ts";

const messageType = { create: 20, remove: 21, get: 22 } as const;
const addressFlag = { noDad: 0x2, dadFailed: 0x8, tentative: 0x40, permanent: 0x80 } as const;

type AddressMessage = {
  readonly family?: number;
  readonly prefixLength?: number;
  readonly shortFlags?: number;
  readonly scope?: number;
  readonly index?: number;
  readonly address?: string;
  readonly local?: string;
  readonly label?: string;
  readonly broadcast?: string;
  readonly flags?: number;
};

/** `struct ifaddrmsg` and IFA_*. */
export const addressShape: Shape<AddressMessage> = {
  header: [
    ["family", "u8"],
    ["prefixLength", "u8"],
    ["shortFlags", "u8"],
    ["scope", "u8"],
    ["index", "u32"],
  ],
  attributes: {
    address: [1, "ip"],
    local: [2, "ip"],
    label: [3, "string"],
    broadcast: [4, "ip"],
    flags: [8, "u32"],
  },
};

/** An address of an interface, named by its index. */
export type InterfaceAddress = {
  readonly index: number;
  readonly address: string;
  readonly prefixLength: number;
};

/** An address as the kernel has it. */
export type AddressEntry = InterfaceAddress & {
  readonly family: "inet" | "inet6";
  readonly scope: number;
  /** Not yet usable: duplicate address detection runs. */
  readonly tentative: boolean;
  readonly dadFailed: boolean;
  /** Configured, not learned from a router. */
  readonly permanent: boolean;
};

/**
 * Adds an address. IPv6 addresses get the `nodad` flag: a lab knows its addresses, and a tentative address would drop
 * what is sent to it for a second.
 */
export function addAddress(entry: InterfaceAddress): NetlinkRequest {
  const flags = requestFlags.create | requestFlags.exclusive;
  return netlinkRequest(
    messageType.create,
    flags,
    addressShape,
    message(entry),
    label("add", entry),
  );
}

export function deleteAddress(entry: InterfaceAddress): NetlinkRequest {
  return netlinkRequest(
    messageType.remove,
    0,
    addressShape,
    message(entry),
    label("delete", entry),
  );
}

function label(verb: string, { address, prefixLength, index }: InterfaceAddress): string {
  return `${verb} address ${address}/${prefixLength} at interface ${index}`;
}

function message({ index, address, prefixLength }: InterfaceAddress): AddressMessage {
  const header = { index, prefixLength, address, local: address };
  return address.includes(":")
    ? { ...header, family: 10, flags: addressFlag.noDad }
    : { ...header, family: 2, ...broadcastOf(address, prefixLength) };
}

/** The directed broadcast address, which the kernel sets for nobody; `ip address add ... brd +` does it too. */
function broadcastOf(address: string, prefixLength: number): { readonly broadcast?: string } {
  if (prefixLength > 30) {
    return {};
  }
  const host = 0xffff_ffff >>> prefixLength;
  const bytes = ipToBytes(address);
  const value = new DataView(bytes.buffer).getUint32(0) | host;
  return { broadcast: [24, 16, 8, 0].map((shift) => (value >>> shift) & 0xff).join(".") };
}

/** All addresses of the socket's namespace. */
export function readAddresses(socket: NetlinkSocket): readonly AddressEntry[] {
  const request = netlinkRequest(messageType.get, 0, addressShape, {}, "list addresses");
  return socket.dump(request).map((payload) => {
    const entry = decode(addressShape, payload);
    const flags = entry.flags ?? entry.shortFlags ?? 0;
    return {
      index: entry.index ?? 0,
      family: entry.family === 10 ? "inet6" : "inet",
      // On a point-to-point link IFA_ADDRESS is the peer's; the own one is IFA_LOCAL, which IPv6 mostly leaves out.
      address: entry.local ?? entry.address ?? "",
      prefixLength: entry.prefixLength ?? 0,
      scope: entry.scope ?? 0,
      tentative: (flags & addressFlag.tentative) !== 0,
      dadFailed: (flags & addressFlag.dadFailed) !== 0,
      permanent: (flags & addressFlag.permanent) !== 0,
    };
  });
}
