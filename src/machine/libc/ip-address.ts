/** The 4 or 16 bytes of an IPv4 or IPv6 address. @throws RangeError naming the text. */
export function ipToBytes(text: string): Uint8Array {
  return text.includes(":") ? ipv6ToBytes(text) : ipv4ToBytes(text);
}

/** The text of 4 or 16 bytes; IPv6 as in RFC 5952. @throws RangeError for any other length. */
export function ipFromBytes(bytes: Uint8Array): string {
  if (bytes.length === 4) {
    return bytes.join(".");
  }
  if (bytes.length === 16) {
    return ipv6FromBytes(bytes);
  }
  throw new RangeError(`an IP address has 4 or 16 bytes, not ${bytes.length}`);
}

function ipv4ToBytes(text: string): Uint8Array {
  const parts = text.split(".");
  const valid = parts.length === 4 && parts.every((part) => /^\d{1,3}$/.test(part) && +part < 256);
  if (!valid) {
    throw new RangeError(`"${text}" is no IPv4 address such as 192.0.2.1`);
  }
  return Uint8Array.from(parts, Number);
}

function ipv6ToBytes(text: string): Uint8Array {
  const halves = text.split("::");
  const head = groupsOf(halves[0] ?? "", text);
  const tail = groupsOf(halves[1] ?? "", text);
  const missing = 16 - head.length - tail.length;
  if (halves.length > 2 || (halves.length === 2 ? missing < 2 : missing !== 0)) {
    throw new RangeError(`"${text}" is no IPv6 address such as 2001:db8::1`);
  }
  return Uint8Array.from([...head, ...new Array<number>(missing).fill(0), ...tail]);
}

function groupsOf(half: string, whole: string): readonly number[] {
  if (half === "") {
    return [];
  }
  return half.split(":").flatMap((group, index, all) => {
    if (group.includes(".") && index === all.length - 1) {
      return [...ipv4ToBytes(group)];
    }
    if (!/^[0-9a-fA-F]{1,4}$/.test(group)) {
      throw new RangeError(`"${whole}" is no IPv6 address such as 2001:db8::1`);
    }
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
}

function ipv6FromBytes(bytes: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, index) => {
    return ((bytes[2 * index] ?? 0) << 8) | (bytes[2 * index + 1] ?? 0);
  });
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) {
    return `::ffff:${bytes.subarray(12).join(".")}`;
  }
  const { start, length } = longestZeroRun(groups);
  const hex = groups.map((group) => group.toString(16));
  if (length < 2) {
    return hex.join(":");
  }
  return `${hex.slice(0, start).join(":")}::${hex.slice(start + length).join(":")}`;
}

function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  let start = 0;
  for (let index = 0; index <= groups.length; index++) {
    if (groups[index] !== 0) {
      if (index - start > best.length) {
        best = { start, length: index - start };
      }
      start = index + 1;
    }
  }
  return best;
}
