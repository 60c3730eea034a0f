/** Blocks of a pcapng file (draft-ietf-opsawg-pcapng section 4), little-endian. */
export const blockType = {
  sectionHeader: 0x0a0d_0d0a,
  interfaceDescription: 1,
  interfaceStatistics: 5,
  enhancedPacket: 6,
} as const;

const byteOrderMagic = 0x1a2b_3c4d;
const ethernet = 1;
const option = {
  end: 0,
  interfaceName: 2,
  interfaceDescription: 3,
  timestampResolution: 9,
  userApplication: 4,
  statisticsReceived: 4,
  statisticsDropped: 5,
} as const;

type Option = readonly [code: number, value: Uint8Array];

function block(type: number, body: Uint8Array, options: readonly Option[]): Uint8Array {
  const optionBytes = options.reduce((sum, [, value]) => sum + 4 + padded(value.length), 4);
  const total = 8 + body.length + optionBytes + 4;
  const bytes = new Uint8Array(total);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, type, true);
  view.setUint32(4, total, true);
  bytes.set(body, 8);
  let at = 8 + body.length;
  for (const [code, value] of options) {
    view.setUint16(at, code, true);
    view.setUint16(at + 2, value.length, true);
    bytes.set(value, at + 4);
    at += 4 + padded(value.length);
  }
  view.setUint32(total - 4, total, true);
  return bytes;
}

function padded(length: number): number {
  return (length + 3) & ~3;
}

function words(...values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(values.length * 4);
  const view = new DataView(bytes.buffer);
  for (const [index, value] of values.entries()) view.setUint32(index * 4, value, true);
  return bytes;
}

function text(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}

function counter(value: number): Uint8Array {
  return words(value % 4_294_967_296, Math.floor(value / 4_294_967_296));
}

/** Section Header Block; the length of the section is not told (-1), so that it may grow until it is cut. */
export function sectionHeader(application: string): Uint8Array {
  const body = words(byteOrderMagic, 0x0000_0001, 0xffff_ffff, 0xffff_ffff);
  return block(blockType.sectionHeader, body, [[option.userApplication, text(application)]]);
}

/** Interface Description Block of an Ethernet interface with nanosecond time stamps. */
export function interfaceDescription(
  names: { readonly name: string; readonly description: string },
  snapLength: number,
): Uint8Array {
  return block(blockType.interfaceDescription, words(ethernet, snapLength), [
    [option.interfaceName, text(names.name)],
    [option.interfaceDescription, text(names.description)],
    [option.timestampResolution, Uint8Array.of(9)],
  ]);
}

/** Interface Statistics Block. `now` in nanoseconds since the epoch. */
export function interfaceStatistics(
  interfaceId: number,
  received: number,
  dropped: number,
  now: bigint,
): Uint8Array {
  const body = words(interfaceId, Number(now >> 32n), Number(now & 0xffff_ffffn));
  return block(blockType.interfaceStatistics, body, [
    [option.statisticsReceived, counter(received)],
    [option.statisticsDropped, counter(dropped)],
  ]);
}
