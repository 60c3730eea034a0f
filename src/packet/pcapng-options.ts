import { uint16, uint16Little, uint32, uint32Little } from "./byte-order.ts";

/** Option codes of pcapng (draft-ietf-opsawg-pcapng section 3.5 and the blocks of section 4). */
export const OptionCode = {
  endOfOptions: 0,
  userApplication: 4,
  interfaceName: 2,
  interfaceDescription: 3,
  timestampResolution: 9,
  timestampOffset: 14,
  packetFlags: 2,
  packetDropCount: 4,
  statisticsReceived: 4,
  statisticsDropped: 5,
  statisticsFilterAccepted: 6,
  statisticsOsDropped: 7,
  statisticsDelivered: 8,
} as const;

export type OptionHandler = (code: number, valueOffset: number, valueLength: number) => void;

/** Calls `onOption` for each whole option in `[start, end)`; a damaged list ends where it stops making sense. */
export function forEachOption(
  bytes: Uint8Array,
  start: number,
  end: number,
  little: boolean,
  onOption: OptionHandler,
): void {
  let position = start;
  while (end - position >= 4) {
    const code = little ? uint16Little(bytes, position) : uint16(bytes, position);
    const length = little ? uint16Little(bytes, position + 2) : uint16(bytes, position + 2);
    if (code === OptionCode.endOfOptions || position + 4 + length > end) return;
    onOption(code, position + 4, length);
    position += 4 + ((length + 3) & ~3);
  }
}

/** The value's offset of the first option with this code and length, or -1: no allocation, for the packet path. */
export function findOption(
  bytes: Uint8Array,
  start: number,
  end: number,
  little: boolean,
  wanted: number,
  wantedLength: number,
): number {
  let position = start;
  while (end - position >= 4) {
    const code = little ? uint16Little(bytes, position) : uint16(bytes, position);
    const length = little ? uint16Little(bytes, position + 2) : uint16(bytes, position + 2);
    if (code === OptionCode.endOfOptions || position + 4 + length > end) return -1;
    if (code === wanted && length === wantedLength) return position + 4;
    position += 4 + ((length + 3) & ~3);
  }
  return -1;
}

/** A 64-bit counter; exact below 2^53. */
export function readCounter(bytes: Uint8Array, offset: number, little: boolean): number {
  return little
    ? uint32Little(bytes, offset) + uint32Little(bytes, offset + 4) * 4_294_967_296
    : uint32(bytes, offset) * 4_294_967_296 + uint32(bytes, offset + 4);
}

/** Option text is UTF-8 and may carry a terminating zero against the rules. */
export function readText(bytes: Uint8Array, offset: number, length: number): string {
  return new TextDecoder().decode(bytes.subarray(offset, offset + length)).replace(/\0+$/, "");
}
