import {
  formatInterfaceAddress,
  type InterfaceAddress,
  type IpAddress,
  interfaceAddress,
  ipAddress,
  ipFromBigInt,
  ipToBigInt,
  ipVersion,
  type Prefix,
  prefixContains,
  prefixOf,
} from "../../units/ip.ts";
import type { Path } from "../diagnostic.ts";
import { indexed } from "../source/indexed.ts";
import type { WrittenAddresses } from "../written.ts";
import { type Context, parsed } from "./context.ts";
import { isList } from "./node-index.ts";
import { stableHash } from "./stable-hash.ts";

/** A network that addresses are taken from: a VLAN or an overlay. */
export type Network = { readonly name: string; readonly ipv4?: Prefix; readonly ipv6?: Prefix };

/** A place that gets addresses: those written, and one of each family that its network has and nobody wrote. */
export type AddressSlot = {
  readonly path: Path;
  /** `web1:eth0`; the allocated address depends on it and the lab's name, so it stays when the file grows. */
  readonly owner: string;
  /** `gateway` addresses are the lowest free ones. */
  readonly kind: "gateway" | "ordinary";
  readonly network: Network | undefined;
  readonly written: WrittenAddresses | undefined;
  /** Families allocated when they are not written. */
  readonly families: readonly (4 | 6)[];
  /** Empty until `allocateAddresses` has run. */
  readonly addresses: InterfaceAddress[];
};

/** Fills every slot: first what is written, then gateways, then the others. */
export function allocateAddresses(
  context: Context,
  lab: string,
  slots: readonly AddressSlot[],
): void {
  const used = new Map<string, Set<bigint>>();
  for (const slot of slots) {
    for (const address of writtenAddresses(context, slot)) {
      slot.addresses.push(address);
      if (slot.network !== undefined)
        usedIn(used, slot.network, address.address).add(ipToBigInt(address.address));
    }
  }
  const ordered = [
    ...slots.filter((slot) => slot.kind === "gateway"),
    ...slots.filter((slot) => slot.kind === "ordinary"),
  ];
  for (const slot of ordered) allocateMissing(context, lab, slot, used);
}

function usedIn(used: Map<string, Set<bigint>>, network: Network, address: string): Set<bigint> {
  const key = `${network.name} ${ipVersion(address)}`;
  const found = used.get(key) ?? new Set();
  used.set(key, found);
  return found;
}

function writtenAddresses(context: Context, slot: AddressSlot): readonly InterfaceAddress[] {
  if (slot.written === undefined || slot.written === "auto") return [];
  const list = isList(slot.written)
    ? indexed(slot.written).map(([index, text]) => [[...slot.path, index], text] as const)
    : [[slot.path, slot.written] as const];
  const result: InterfaceAddress[] = [];
  for (const [path, text] of list) {
    const address = writtenAddress(context, path, text, slot.network);
    if (address !== undefined && fits(context, path, address, slot.network)) {
      context.mark(address, path);
      result.push(address);
    }
  }
  return result;
}

function writtenAddress(
  context: Context,
  path: Path,
  text: string,
  network: Network | undefined,
): InterfaceAddress | undefined {
  if (text.includes("/")) return parsed(context, path, () => interfaceAddress(text));
  const address = parsed(context, path, () => ipAddress(text));
  if (address === undefined) return undefined;
  const prefix = network?.[ipVersion(address) === 4 ? "ipv4" : "ipv6"];
  if (prefix !== undefined) return { address, prefixLength: interfaceAddress(prefix).prefixLength };
  const example = ipVersion(address) === 4 ? 24 : 64;
  context.report(
    path,
    `${text} has no prefix length, and no VLAN gives one; write ${text}/${example}`,
  );
  return undefined;
}

/** Refuses an address outside its network, and the two that mean the network itself. */
function fits(
  context: Context,
  path: Path,
  address: InterfaceAddress,
  network: Network | undefined,
): boolean {
  const text = formatInterfaceAddress(address);
  const prefix = network?.[ipVersion(address.address) === 4 ? "ipv4" : "ipv6"];
  if (prefix !== undefined && !prefixContains(prefix, address.address)) {
    context.report(
      path,
      `${text} is outside ${network?.name}'s ${prefix}; choose an address in it`,
    );
    return false;
  }
  if (prefix !== undefined && prefixOf(address) !== prefix) {
    const meant = formatInterfaceAddress({
      address: address.address,
      prefixLength: interfaceAddress(prefix).prefixLength,
    });
    context.report(
      path,
      `${text} has another prefix length than ${network?.name}'s ${prefix}; write ${meant}`,
    );
    return false;
  }
  const { first, last } = usable(prefixOf(address));
  const value = ipToBigInt(address.address);
  if (value < first || value > last) {
    context.report(
      path,
      `${text} is the network's own or its broadcast address; choose one between`,
    );
    return false;
  }
  return true;
}

/** The first and last address a node may have. RFC 3021 gives both of a /31; RFC 4291 section 2.6.1 keeps the first of IPv6. */
function usable(prefix: Prefix): { readonly first: bigint; readonly last: bigint } {
  const { address, prefixLength } = interfaceAddress(prefix);
  const version = ipVersion(address);
  const base = ipToBigInt(address);
  const bits = BigInt((version === 4 ? 32 : 128) - prefixLength);
  const last = base + (1n << bits) - 1n;
  if (bits < 2n) return { first: base, last };
  return { first: base + 1n, last: version === 4 ? last - 1n : last };
}

function allocateMissing(
  context: Context,
  lab: string,
  slot: AddressSlot,
  used: Map<string, Set<bigint>>,
): void {
  const { network } = slot;
  if (network === undefined || (isList(slot.written ?? "") && slot.written?.length === 0)) return;
  for (const family of slot.families) {
    const prefix = network[family === 4 ? "ipv4" : "ipv6"];
    if (prefix === undefined) continue;
    if (slot.addresses.some((have) => ipVersion(have.address) === family)) continue;
    const taken = usedIn(used, network, prefix);
    const value = freeAddress(
      prefix,
      taken,
      slot.kind === "gateway" ? undefined : `${lab}/${slot.owner}`,
    );
    if (value === undefined) {
      context.report(
        slot.path,
        `${network.name}'s ${prefix} has no free address left; use a larger network`,
      );
      continue;
    }
    taken.add(value);
    const { prefixLength } = interfaceAddress(prefix);
    const address = { address: ipFromBigInt(value, family), prefixLength };
    context.mark(address, slot.path);
    slot.addresses.push(address);
  }
}

/** The lowest free address, or with a seed one that depends on the seed alone unless it is taken. */
function freeAddress(
  prefix: Prefix,
  taken: ReadonlySet<bigint>,
  seed: string | undefined,
): bigint | undefined {
  const { first, last } = usable(prefix);
  // 16 bits are enough for any lab, and keep IPv6 addresses short.
  const span = last - first + 1n > 0xffffn ? 0xffffn : last - first + 1n;
  // The lowest ten stay free for gateways, and for people.
  const low = span >= 64n ? 10n : 0n;
  const start = seed === undefined ? 0n : low + (stableHash(`${seed}/${prefix}`) % (span - low));
  for (let step = 0n; step < span; step++) {
    const value = first + ((start + step) % span);
    if (!taken.has(value)) return value;
  }
  return undefined;
}

/** Whether `address` is on a network that `addresses` are in. */
export function onLink(addresses: readonly InterfaceAddress[], address: IpAddress): boolean {
  return addresses.some((own) => prefixContains(prefixOf(own), address));
}
