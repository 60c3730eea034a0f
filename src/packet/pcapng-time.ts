import type { PacketRecord } from "./recording.ts";

/** How one interface counts time (pcapng section 4.2, if_tsresol and if_tsoffset). */
export type TimestampUnit = {
  readonly unitsPerSecond: bigint;
  /** Nanoseconds in a unit when that is whole and the quotient can be taken digit by digit, else 0. */
  readonly nanosecondsPerUnit: number;
  readonly secondsOffset: number;
};

/** @param resolution the octet of if_tsresol: bit 7 clear, a negative power of ten; set, of two. */
export function timestampUnit(resolution: number, secondsOffset: number): TimestampUnit {
  const exponent = BigInt(resolution & 0x7f);
  const unitsPerSecond = (resolution & 0x80) === 0 ? 10n ** exponent : 2n ** exponent;
  const decimal = (resolution & 0x80) === 0 && resolution <= 9;
  return {
    unitsPerSecond,
    nanosecondsPerUnit: decimal ? 10 ** (9 - resolution) : 0,
    secondsOffset,
  };
}

/**
 * Sets seconds and nanoseconds from the two halves of a time stamp. Long division with 16-bit digits: every
 * intermediate value is below 2^53, so nothing is rounded and no bigint is made per packet.
 */
export function setTimestamp(
  record: PacketRecord,
  unit: TimestampUnit,
  high: number,
  low: number,
): void {
  if (unit.nanosecondsPerUnit === 0) {
    setOddTimestamp(record, unit, high, low);
    return;
  }
  const divisor = 1_000_000_000 / unit.nanosecondsPerUnit;
  let quotient = Math.floor(high / divisor);
  let rest = high % divisor;
  const upper = rest * 65_536 + (low >>> 16);
  rest = upper % divisor;
  quotient = quotient * 65_536 + Math.floor(upper / divisor);
  const lower = rest * 65_536 + (low & 0xffff);
  quotient = quotient * 65_536 + Math.floor(lower / divisor);
  record.seconds = quotient + unit.secondsOffset;
  record.nanoseconds = (lower % divisor) * unit.nanosecondsPerUnit;
}

function setOddTimestamp(
  record: PacketRecord,
  unit: TimestampUnit,
  high: number,
  low: number,
): void {
  const value = (BigInt(high) << 32n) | BigInt(low);
  const seconds = value / unit.unitsPerSecond;
  const rest = value % unit.unitsPerSecond;
  record.seconds = Number(seconds) + unit.secondsOffset;
  record.nanoseconds = Number((rest * 1_000_000_000n) / unit.unitsPerSecond);
}
