import { lastErrno, libcFunction } from "./library.ts";
import { addressOf, pinnedMemory, viewOf } from "./memory.ts";
import { SystemError } from "./system-error.ts";

const nativeRecvmmsg = libcFunction("recvmmsg", ["int", "void *", "uint", "int", "void *"]);
const nativeSendmmsg = libcFunction("sendmmsg", ["int", "void *", "uint", "int"]);

/** Offsets within `struct mmsghdr` on 64-bit Linux. */
const header = {
  name: 0,
  nameLength: 8,
  vector: 16,
  vectorLength: 24,
  control: 32,
  controlLength: 40,
  flags: 48,
  length: 56,
  size: 64,
} as const;
const dontWait = 0x40;
const again = 11;
const interrupted = 4;
const noBuffers = 105;

/**
 * Memory for many messages that one `recvmmsg` fills or one `sendmmsg` takes.
 *
 * Every slot has its place for data, for an address and for control messages; nothing moves, so the pointers between
 * the structures are written once.
 */
export class MessageBatch {
  /** Data of slot i begins at `dataOffset(i)`. */
  readonly data: Uint8Array;
  /** Addresses and control messages, `nameSize` and `controlSize` bytes a slot. */
  readonly names: DataView;
  readonly controls: DataView;
  readonly slots: number;
  readonly #nameMemory: Uint8Array;
  readonly #controlMemory: Uint8Array;
  readonly #slotSize: number;
  readonly #headers: Uint8Array;
  readonly #headerView: DataView;
  readonly #vectorView: DataView;

  static readonly nameSize = 32;
  static readonly controlSize = 128;

  constructor(slots: number, slotSize: number) {
    this.slots = slots;
    this.#slotSize = slotSize;
    this.data = pinnedMemory(slots * slotSize);
    this.#nameMemory = pinnedMemory(slots * MessageBatch.nameSize);
    this.#controlMemory = pinnedMemory(slots * MessageBatch.controlSize);
    this.names = viewOf(this.#nameMemory);
    this.controls = viewOf(this.#controlMemory);
    this.#headers = pinnedMemory(slots * header.size);
    this.#headerView = viewOf(this.#headers);
    const vectors = pinnedMemory(slots * 16);
    this.#vectorView = viewOf(vectors);
    for (let slot = 0; slot < slots; slot++) {
      const at = slot * header.size;
      this.#headerView.setBigUint64(at + header.vector, addressOf(vectors, slot * 16), true);
      this.#headerView.setBigUint64(at + header.vectorLength, 1n, true);
    }
  }

  dataOffset(slot: number): number {
    return slot * this.#slotSize;
  }

  /**
   * Takes the messages that wait on a socket, at most as many as there are slots, without waiting for any. `headroom`
   * bytes at the start of each slot stay free. Returns how many came. @throws SystemError
   */
  receive(fd: number, headroom = 0, limit: number = this.slots): number {
    const count = Math.min(limit, this.slots);
    for (let slot = 0; slot < count; slot++) {
      this.#prepareReceive(slot, headroom);
    }
    for (;;) {
      const received = nativeRecvmmsg(fd, this.#headers, count, dontWait, null);
      if (received >= 0) {
        return received;
      }
      const errno = lastErrno();
      if (errno === again) {
        return 0;
      }
      if (errno !== interrupted) {
        throw new SystemError("recvmmsg", errno);
      }
    }
  }

  #prepareReceive(slot: number, headroom: number): void {
    const view = this.#headerView;
    const at = slot * header.size;
    if (view.getUint32(at + header.control, true) === 0) {
      const name = addressOf(this.#nameMemory, slot * MessageBatch.nameSize);
      const control = addressOf(this.#controlMemory, slot * MessageBatch.controlSize);
      view.setBigUint64(at + header.name, name, true);
      view.setBigUint64(at + header.control, control, true);
      const data = addressOf(this.data, this.dataOffset(slot) + headroom);
      this.#vectorView.setBigUint64(slot * 16, data, true);
      this.#vectorView.setBigUint64(slot * 16 + 8, BigInt(this.#slotSize - headroom), true);
    }
    view.setUint32(at + header.nameLength, MessageBatch.nameSize, true);
    view.setUint32(at + header.controlLength, MessageBatch.controlSize, true);
  }

  /** How many bytes of data slot i received. */
  receivedLength(slot: number): number {
    return this.#headerView.getUint32(slot * header.size + header.length, true);
  }

  /** How many bytes of control messages slot i received. */
  controlLength(slot: number): number {
    return this.#headerView.getUint32(slot * header.size + header.controlLength, true);
  }

  /** Copies a message into slot i. @throws RangeError when it does not fit. */
  put(slot: number, bytes: Uint8Array): void {
    if (bytes.length > this.#slotSize) {
      throw new RangeError(`a message of ${bytes.length} bytes does not fit ${this.#slotSize}`);
    }
    const offset = this.dataOffset(slot);
    this.data.set(bytes, offset);
    this.#vectorView.setBigUint64(slot * 16, addressOf(this.data, offset), true);
    this.#vectorView.setUint32(slot * 16 + 8, bytes.length, true);
  }

  /**
   * Sends the first `count` slots over a connected or bound socket. Returns how many went: fewer when the socket's or
   * the device's queue is full. @throws SystemError when the first one is refused.
   */
  send(fd: number, count: number): number {
    for (;;) {
      const sent = nativeSendmmsg(fd, this.#headers, count, dontWait);
      if (sent >= 0) {
        return sent;
      }
      const errno = lastErrno();
      if (errno === again || errno === noBuffers) {
        return 0;
      }
      if (errno !== interrupted) {
        throw new SystemError("sendmmsg", errno);
      }
    }
  }
}
