import { concatBytes, copyBytes, uint16, uint32, writeUint16, writeUint32 } from "./byte-order.ts";
import type { Located } from "./ethernet.ts";

/** Control bits, RFC 9293 section 3.1. */
export const TcpFlag = {
  fin: 0x01,
  syn: 0x02,
  rst: 0x04,
  psh: 0x08,
  ack: 0x10,
  urg: 0x20,
  ece: 0x40,
  cwr: 0x80,
} as const;

/** RFC 9293 section 3.2. `kind` 1 is a no-operation and has no data; the end of the list is implied. */
type TcpOption = { readonly kind: number; readonly data: Uint8Array };

/** TCP header, RFC 9293 section 3.1. */
export type TcpHeader = {
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly sequence: number;
  readonly acknowledgment: number;
  /** Sum of `TcpFlag`s. */
  readonly flags: number;
  readonly window: number;
  readonly checksum: number;
  readonly urgentPointer: number;
  /** At most 40 bytes when encoded. */
  readonly options: readonly TcpOption[];
};

const endOfOptions = 0;
const noOperation = 1;

function encodeOption(option: TcpOption): Uint8Array {
  if (option.kind === noOperation) return Uint8Array.of(noOperation);
  return concatBytes([Uint8Array.of(option.kind, 2 + option.data.length), option.data]);
}

export function encodeTcp(header: TcpHeader): Uint8Array {
  const options = concatBytes(header.options.map(encodeOption));
  const length = 20 + ((options.length + 3) & ~3);
  const bytes = new Uint8Array(length);
  writeUint16(bytes, 0, header.sourcePort);
  writeUint16(bytes, 2, header.destinationPort);
  writeUint32(bytes, 4, header.sequence);
  writeUint32(bytes, 8, header.acknowledgment);
  bytes[12] = (length >> 2) << 4;
  bytes[13] = header.flags;
  writeUint16(bytes, 14, header.window);
  writeUint16(bytes, 16, header.checksum);
  writeUint16(bytes, 18, header.urgentPointer);
  bytes.set(options, 20);
  return bytes;
}

/** Undefined where the header is cut short or impossible. A damaged option list ends where it stops making sense. */
export function decodeTcp(bytes: Uint8Array, offset = 0): Located<TcpHeader> | undefined {
  if (bytes.length - offset < 20) return undefined;
  const length = ((bytes[offset + 12] as number) >> 4) << 2;
  if (length < 20 || bytes.length - offset < length) return undefined;
  const header: TcpHeader = {
    sourcePort: uint16(bytes, offset),
    destinationPort: uint16(bytes, offset + 2),
    sequence: uint32(bytes, offset + 4),
    acknowledgment: uint32(bytes, offset + 8),
    flags: bytes[offset + 13] as number,
    window: uint16(bytes, offset + 14),
    checksum: uint16(bytes, offset + 16),
    urgentPointer: uint16(bytes, offset + 18),
    options: decodeOptions(bytes, offset + 20, offset + length),
  };
  return { header, payloadOffset: offset + length };
}

function decodeOptions(bytes: Uint8Array, start: number, end: number): TcpOption[] {
  const options: TcpOption[] = [];
  let position = start;
  while (position < end) {
    const kind = bytes[position] as number;
    if (kind === endOfOptions) break;
    if (kind === noOperation) {
      options.push({ kind, data: new Uint8Array(0) });
      position++;
      continue;
    }
    const length = position + 1 < end ? (bytes[position + 1] as number) : 0;
    if (length < 2 || position + length > end) break;
    options.push({ kind, data: copyBytes(bytes, position + 2, position + length) });
    position += length;
  }
  return options;
}
