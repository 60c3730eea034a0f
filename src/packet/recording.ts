/** Which way a packet went at the interface that recorded it (pcapng `epb_flags`, bits 0 and 1). */
export const Direction = { unknown: 0, inbound: 1, outbound: 2 } as const;
export type Direction = (typeof Direction)[keyof typeof Direction];

/** Values of LINKTYPE_ that the decoder knows (tcpdump.org/linktypes.html). */
export const LinkType = {
  null: 0,
  ethernet: 1,
  raw: 101,
  linuxCooked: 113,
  ipv4: 228,
  ipv6: 229,
  linuxCooked2: 276,
} as const;

/**
 * One packet of a recording. The reader fills the same object for every packet and gives a view into its own buffer:
 * whoever keeps something beyond the callback copies it.
 */
export type PacketRecord = {
  /** Counts from 1 over the whole file, packets only. */
  frameNumber: number;
  /** Index into the interfaces of the whole file; -1 when no interface is described. */
  interfaceIndex: number;
  linkType: number;
  /** Seconds since 1970 (0 where the format has no time: Simple Packet Blocks). */
  seconds: number;
  /** 0 to 999,999,999. */
  nanoseconds: number;
  buffer: Uint8Array;
  offset: number;
  capturedLength: number;
  originalLength: number;
  direction: Direction;
  /** Packets lost by this interface between the packet before and this one; -1 when not told. */
  dropCount: number;
  /** Byte offset in the file of the record (pcap) or block (pcapng). */
  fileOffset: number;
};

export type RecordedInterface = {
  readonly index: number;
  readonly section: number;
  /** The id inside its section. */
  readonly id: number;
  readonly linkType: number;
  /** 0 = no limit. */
  readonly snapLength: number;
  readonly name?: string;
  readonly description?: string;
  /** Time stamp units per second. */
  readonly unitsPerSecond: bigint;
  /** Seconds to add to each time stamp. */
  readonly secondsOffset: number;
};

/** An Interface Statistics Block; a counter the file does not give is absent. */
export type InterfaceStatistics = {
  readonly interfaceIndex: number;
  readonly received?: number;
  readonly dropped?: number;
  readonly filterAccepted?: number;
  readonly osDropped?: number;
  readonly delivered?: number;
};

/** Why a recording could not be read to its end. */
type RecordingProblem =
  | "empty-file"
  | "unknown-format"
  | "compressed"
  | "unsupported-version"
  | "truncated-header"
  | "truncated-record"
  | "record-too-large"
  | "bad-block-length"
  | "bad-byte-order"
  | "bad-packet-block"
  | "unknown-interface"
  | "too-many-interfaces";

export type RecordingDiagnostic = {
  readonly problem: RecordingProblem;
  /** Byte offset in the file of the header, record or block at fault. */
  readonly offset: number;
  readonly message: string;
};

export type RecordingHandlers = {
  readonly onPacket: (record: PacketRecord) => void;
  readonly onInterface?: (description: RecordedInterface) => void;
  readonly onStatistics?: (statistics: InterfaceStatistics) => void;
};

export type RecordingSummary = {
  readonly format: "pcap" | "pcapng" | "unknown";
  readonly packets: number;
  /** Bytes given to the reader. */
  readonly bytes: number;
  readonly interfaces: readonly RecordedInterface[];
  /** Absent: the file was read to its last byte without a fault. */
  readonly diagnostic?: RecordingDiagnostic;
};

/** What both formats' parsers have in common; `recording-reader.ts` feeds them. */
export type RecordingParser = {
  readonly format: "pcap" | "pcapng";
  readonly interfaces: readonly RecordedInterface[];
  readonly packets: number;
  /** Bytes the next item needs, counted from where `parse` stopped. */
  readonly needed: number;
  readonly diagnostic: RecordingDiagnostic | undefined;
  /**
   * Reads whole items from `bytes[start..end)`, whose first byte is at `fileOffset` in the file, and returns the
   * index of the first byte not used. Stops early when `diagnostic` is set.
   */
  parse(bytes: Uint8Array, start: number, end: number, fileOffset: number): number;
};

export function createPacketRecord(): PacketRecord {
  return {
    frameNumber: 0,
    interfaceIndex: -1,
    linkType: 0,
    seconds: 0,
    nanoseconds: 0,
    buffer: new Uint8Array(0),
    offset: 0,
    capturedLength: 0,
    originalLength: 0,
    direction: Direction.unknown,
    dropCount: -1,
    fileOffset: 0,
  };
}

/** As libpcap and Wireshark: no captured packet is longer (MAXIMUM_SNAPLEN). */
export const maximumCapturedLength = 262_144;
