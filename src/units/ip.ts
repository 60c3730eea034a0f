import type { Brand } from "./brand.ts";

/** An IP address in canonical text: `10.0.0.1`, `2001:db8::1` (RFC 5952). */
export type IpAddress = Brand<string, "IpAddress">;

/** An address with its prefix length, host bits kept: `10.0.0.1/24`. */
export type InterfaceAddress = {
  readonly address: IpAddress;
  readonly prefixLength: number;
};

/** A network, host bits zero: `10.0.0.0/24`. */
export type Prefix = Brand<string, "Prefix">;

/** 4 or 6. */
export function ipVersion(address: string): 4 | 6 {
  return address.includes(":") ? 6 : 4;
}

function parse4(text: string): bigint | undefined {
  const parts = text.split(".");
  if (parts.length !== 4) return undefined;
  let value = 0n;
  for (const part of parts) {
    if (!/^\d{1,3}$/.test(part) || Number(part) > 255) return undefined;
    value = (value << 8n) | BigInt(part);
  }
  return value;
}

function groups(text: string): readonly string[] {
  return text === "" ? [] : text.split(":");
}

function parse6(text: string): bigint | undefined {
  let source = text;
  const embedded = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  if (embedded !== null) {
    const low = parse4(embedded[2] ?? "");
    if (low === undefined) return undefined;
    source = `${embedded[1]}${(low >> 16n).toString(16)}:${(low & 0xffffn).toString(16)}`;
  }
  const halves = source.split("::");
  if (halves.length > 2) return undefined;
  const head = groups(halves[0] ?? "");
  const tail = halves.length === 2 ? groups(halves[1] ?? "") : [];
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  let value = 0n;
  for (const group of [...head, ...Array<string>(missing).fill("0"), ...tail]) {
    if (!/^[0-9a-fA-F]{1,4}$/.test(group)) return undefined;
    value = (value << 16n) | BigInt(`0x${group}`);
  }
  return value;
}

/** The address as one number, 32 or 128 bits. */
export function ipToBigInt(address: IpAddress): bigint {
  return (ipVersion(address) === 4 ? parse4(address) : parse6(address)) ?? 0n;
}

function longestZeroRun(parts: readonly number[]): { start: number; length: number } {
  let best = { start: -1, length: 1 };
  for (let start = 0; start < 8; start++) {
    let length = 0;
    while (start + length < 8 && parts[start + length] === 0) length++;
    if (length > best.length) best = { start, length };
  }
  return best;
}

/** Canonical text of a 32 or 128 bit number (RFC 5952 for version 6). */
export function ipFromBigInt(value: bigint, version: 4 | 6): IpAddress {
  if (version === 4) {
    return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 0xffn).join(".") as IpAddress;
  }
  const parts = Array.from({ length: 8 }, (_, index) =>
    Number((value >> BigInt(112 - 16 * index)) & 0xffffn),
  );
  const run = longestZeroRun(parts);
  const hex = parts.map((part) => part.toString(16));
  if (run.start < 0) return hex.join(":") as IpAddress;
  return `${hex.slice(0, run.start).join(":")}::${hex.slice(run.start + run.length).join(":")}` as IpAddress;
}

/** @throws RangeError naming the text. */
export function ipAddress(text: string): IpAddress {
  const version = ipVersion(text);
  const value = version === 4 ? parse4(text) : parse6(text);
  if (value === undefined) {
    throw new RangeError(
      `address "${text}": write an IPv4 or IPv6 address, such as 10.0.0.1 or 2001:db8::1`,
    );
  }
  return ipFromBigInt(value, version);
}

/** Parses `10.0.0.1/24`. @throws RangeError naming the text. */
export function interfaceAddress(text: string): InterfaceAddress {
  const [left, right, extra] = text.split("/");
  const address = ipAddress(left ?? "");
  const limit = ipVersion(address) === 4 ? 32 : 128;
  const prefixLength = Number(right);
  if (
    extra !== undefined ||
    right === undefined ||
    !/^\d{1,3}$/.test(right) ||
    prefixLength > limit
  ) {
    throw new RangeError(
      `address "${text}": write an address and a prefix length, such as 10.0.0.1/24`,
    );
  }
  return { address, prefixLength };
}

/** `10.0.0.1/24`. */
export function formatInterfaceAddress(value: InterfaceAddress): string {
  return `${value.address}/${value.prefixLength}`;
}

function hostMask(version: 4 | 6, prefixLength: number): bigint {
  return (1n << BigInt((version === 4 ? 32 : 128) - prefixLength)) - 1n;
}

/** The network an interface address is in: `10.0.0.1/24` gives `10.0.0.0/24`. */
export function prefixOf(value: InterfaceAddress): Prefix {
  const version = ipVersion(value.address);
  const network = ipToBigInt(value.address) & ~hostMask(version, value.prefixLength);
  return `${ipFromBigInt(network, version)}/${value.prefixLength}` as Prefix;
}

/** Parses `10.0.0.0/24`. @throws RangeError when host bits are set, with the network that was probably meant. */
export function prefix(text: string): Prefix {
  const value = interfaceAddress(text);
  const network = prefixOf(value);
  if (network !== formatInterfaceAddress(value)) {
    throw new RangeError(`prefix "${text}" has host bits set: write ${network}`);
  }
  return network;
}

/** Whether `address` lies in `network`. */
export function prefixContains(network: Prefix, address: IpAddress): boolean {
  const { address: base, prefixLength } = interfaceAddress(network);
  if (ipVersion(base) !== ipVersion(address)) return false;
  return prefixOf({ address, prefixLength }) === network;
}
