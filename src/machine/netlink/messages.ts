import { attributesIn } from "./decode.ts";
import { NetlinkError } from "./netlink-error.ts";
import type { NetlinkRequest } from "./request.ts";

/** One netlink message as received; `payload` is a view that the next receive overwrites. */
export type Message = {
  readonly type: number;
  readonly flags: number;
  readonly sequence: number;
  readonly payload: Uint8Array;
};

const headerSize = 16;
const cappedFlag = 0x100;
const extendedFlag = 0x200;
const errorType = 2;

/** Requests one after the other, numbered from `sequence`, each with `flags` besides its own. */
export function packMessages(
  requests: readonly NetlinkRequest[],
  flags: number,
  sequence: number,
): Uint8Array {
  const total = requests.reduce(
    (sum, { payload }) => sum + aligned(headerSize + payload.length),
    0,
  );
  const bytes = new Uint8Array(new ArrayBuffer(total));
  const view = new DataView(bytes.buffer);
  let offset = 0;
  for (const [index, request] of requests.entries()) {
    const length = headerSize + request.payload.length;
    view.setUint32(offset, length, true);
    view.setUint16(offset + 4, request.type, true);
    view.setUint16(offset + 6, request.flags | flags, true);
    view.setUint32(offset + 8, sequence + index, true);
    bytes.set(request.payload, offset + headerSize);
    offset += aligned(length);
  }
  return bytes;
}

/** The messages in what one receive returned. */
export function* messagesIn(bytes: Uint8Array): Generator<Message> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let offset = 0;
  while (offset + headerSize <= bytes.length) {
    const length = view.getUint32(offset, true);
    if (length < headerSize || offset + length > bytes.length) {
      return;
    }
    yield {
      type: view.getUint16(offset + 4, true),
      flags: view.getUint16(offset + 6, true),
      sequence: view.getUint32(offset + 8, true),
      payload: bytes.subarray(offset + headerSize, offset + length),
    };
    offset += aligned(length);
  }
}

/** What an NLMSG_ERROR or NLMSG_DONE message says; undefined for success (error 0). */
export function acknowledgement(message: Message, label: string): NetlinkError | undefined {
  const { payload } = message;
  if (payload.length < 4) {
    return undefined;
  }
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  const errno = -view.getInt32(0, true);
  return errno === 0 ? undefined : new NetlinkError(label, errno, extendedText(message, view));
}

/** The text in the extended acknowledgement (NLMSGERR_ATTR_MSG), which follows the echoed request. */
function extendedText(message: Message, view: DataView): string {
  if ((message.flags & extendedFlag) === 0) {
    return "";
  }
  let start = 4;
  if (message.type === errorType) {
    const echoed = (message.flags & cappedFlag) !== 0 ? headerSize : view.getUint32(4, true);
    start += aligned(echoed);
  }
  for (const [number, value] of attributesIn(message.payload, start)) {
    if (number === 1) {
      return new TextDecoder().decode(value.subarray(0, -1));
    }
  }
  return "";
}

function aligned(length: number): number {
  return (length + 3) & ~3;
}
