import { uint32, uint32Little } from "./byte-order.ts";
import { forEachOption, OptionCode, readCounter, readText } from "./pcapng-options.ts";
import { type TimestampUnit, timestampUnit } from "./pcapng-time.ts";
import type { InterfaceStatistics, RecordedInterface } from "./recording.ts";

export type DescribedInterface = {
  readonly description: RecordedInterface;
  readonly unit: TimestampUnit;
};

type InterfaceFields = Pick<
  RecordedInterface,
  "index" | "section" | "id" | "linkType" | "snapLength"
>;

/** The options of an Interface Description Block (pcapng section 4.2). */
export function describeInterface(
  fields: InterfaceFields,
  bytes: Uint8Array,
  start: number,
  end: number,
  little: boolean,
): DescribedInterface {
  let name: string | undefined;
  let text: string | undefined;
  let resolution = 6;
  let secondsOffset = 0;
  forEachOption(bytes, start, end, little, (code, offset, length) => {
    if (code === OptionCode.interfaceName) name = readText(bytes, offset, length);
    if (code === OptionCode.interfaceDescription) text = readText(bytes, offset, length);
    if (code === OptionCode.timestampResolution && length === 1) resolution = bytes[offset] ?? 6;
    if (code === OptionCode.timestampOffset && length === 8) {
      secondsOffset = readSeconds(bytes, offset, little);
    }
  });
  const unit = timestampUnit(resolution, secondsOffset);
  const description: RecordedInterface = {
    ...fields,
    ...(name === undefined ? {} : { name }),
    ...(text === undefined ? {} : { description: text }),
    unitsPerSecond: unit.unitsPerSecond,
    secondsOffset,
  };
  return { description, unit };
}

/** A signed 64-bit number of seconds; exact below 2^53. */
function readSeconds(bytes: Uint8Array, offset: number, little: boolean): number {
  const low = little ? uint32Little(bytes, offset) : uint32(bytes, offset + 4);
  const high = little ? uint32Little(bytes, offset + 4) : uint32(bytes, offset);
  return (high | 0) * 4_294_967_296 + low;
}

const counterNames = new Map<number, keyof InterfaceStatistics>([
  [OptionCode.statisticsReceived, "received"],
  [OptionCode.statisticsDropped, "dropped"],
  [OptionCode.statisticsFilterAccepted, "filterAccepted"],
  [OptionCode.statisticsOsDropped, "osDropped"],
  [OptionCode.statisticsDelivered, "delivered"],
]);

/** The options of an Interface Statistics Block (pcapng section 4.6). */
export function readStatistics(
  interfaceIndex: number,
  bytes: Uint8Array,
  start: number,
  end: number,
  little: boolean,
): InterfaceStatistics {
  const counters: Record<string, number> = {};
  forEachOption(bytes, start, end, little, (code, offset, length) => {
    const name = counterNames.get(code);
    if (name !== undefined && length === 8) counters[name] = readCounter(bytes, offset, little);
  });
  return { interfaceIndex, ...counters };
}
