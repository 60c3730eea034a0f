import { MessageBatch } from "../libc/message-batch.ts";

/** What the kernel tells beside a frame. `vlanProtocol` is 0 when no tag was taken off. */
export type AncillaryData = {
  seconds: number;
  nanoseconds: number;
  originalLength: number;
  vlanProtocol: number;
  vlanControl: number;
};

const solSocket = 1;
const timestampNs = 35;
const solPacket = 263;
const auxiliaryData = 8;
const vlanValid = 1 << 4;
const vlanProtocolValid = 1 << 6;
const headerSize = 16;

const found: AncillaryData = {
  seconds: 0,
  nanoseconds: 0,
  originalLength: 0,
  vlanProtocol: 0,
  vlanControl: 0,
};

/** Reads SCM_TIMESTAMPNS and PACKET_AUXDATA of one slot. The object is used again by the next call. */
export function readAncillaryData(batch: MessageBatch, slot: number): Readonly<AncillaryData> {
  const view = batch.controls;
  found.seconds = 0;
  found.nanoseconds = 0;
  found.originalLength = 0;
  found.vlanProtocol = 0;
  found.vlanControl = 0;
  let at = slot * MessageBatch.controlSize;
  const end = at + batch.controlLength(slot);
  while (at + headerSize <= end) {
    const length = view.getUint32(at, true);
    if (length < headerSize || at + length > end) {
      break;
    }
    readOne(view, at);
    at += (length + 7) & ~7;
  }
  return found;
}

function readOne(view: DataView, at: number): void {
  const level = view.getInt32(at + 8, true);
  const type = view.getInt32(at + 12, true);
  const data = at + headerSize;
  if (level === solSocket && type === timestampNs) {
    found.seconds = Number(view.getBigInt64(data, true));
    found.nanoseconds = view.getUint32(data + 8, true);
  } else if (level === solPacket && type === auxiliaryData) {
    const status = view.getUint32(data, true);
    found.originalLength = view.getUint32(data + 4, true);
    if ((status & vlanValid) !== 0) {
      found.vlanControl = view.getUint16(data + 16, true);
      found.vlanProtocol =
        (status & vlanProtocolValid) === 0 ? 0x8100 : view.getUint16(data + 18, true);
    }
  }
}
