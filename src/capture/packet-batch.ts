import { lastErrno, libcFunction } from "../machine/libc/library.ts";
import { addressOf, pinnedMemory } from "../machine/libc/memory.ts";
import { messageFlags } from "../machine/libc/sockets.ts";
import { SystemError } from "../machine/libc/system-error.ts";

const nativeRecvmmsg = libcFunction("recvmmsg", ["int", "void *", "uint", "int", "void *"]);

/** Longest frame kept, as `maximumCapturedLength` of the pcap formats. */
export const snapLength = 262_144;

const again = 11;
const interrupted = 4;
/** struct mmsghdr, iovec, sockaddr_ll and the control messages, in bytes on 64-bit Linux. */
const headerSize = 64;
const vectorSize = 16;
const addressSize = 20;
const controlSize = 96;
/** Slots one after the other, yet not all in the same sets of the processor's caches. */
const slotStride = snapLength + 64 * 5;

const solSocket = 1;
const timestampNanoseconds = 35;
const solPacket = 263;
const auxiliaryData = 8;
const vlanValid = 0x10;
const vlanTpidValid = 0x40;
const sllAddressStart = 10;

/**
 * Room for the packets of one recvmmsg call, used by all sockets in turn. After `receive` the arrays tell about the
 * packets `0` to its result; their bytes are in `bytes` from `offset(index)` on.
 */
export class PacketBatch {
  readonly bytes: Uint8Array;
  readonly #count: number;
  readonly #headers: Uint8Array;
  readonly #headerWords: Uint32Array;
  readonly #addresses: Uint8Array;
  readonly #control: Uint32Array;
  /** Bytes of each packet in `bytes`, and on the wire (without a VLAN tag that the kernel took off). */
  readonly captured: Uint32Array;
  readonly original: Uint32Array;
  readonly seconds: Float64Array;
  readonly nanoseconds: Uint32Array;
  /** `sll_pkttype`: 0 for this host, 1 broadcast, 2 multicast, 3 for another host, 4 outgoing. */
  readonly packetType: Uint8Array;
  /** TPID and TCI as they are in a frame, 0 where the kernel took no tag off. */
  readonly tag: Uint32Array;

  constructor(count = 64) {
    this.#count = count;
    this.bytes = pinnedMemory(count * slotStride);
    this.#headers = pinnedMemory(count * (headerSize + vectorSize));
    this.#headerWords = new Uint32Array(this.#headers.buffer);
    this.#addresses = pinnedMemory(count * addressSize);
    this.#control = new Uint32Array(pinnedMemory(count * controlSize).buffer);
    this.captured = new Uint32Array(count);
    this.original = new Uint32Array(count);
    this.seconds = new Float64Array(count);
    this.nanoseconds = new Uint32Array(count);
    this.packetType = new Uint8Array(count);
    this.tag = new Uint32Array(count);
    this.#pointAtSlots();
  }

  #pointAtSlots(): void {
    const words = new BigUint64Array(this.#headers.buffer);
    const control = new Uint8Array(this.#control.buffer);
    for (let index = 0; index < this.#count; index++) {
      const vectorStart = this.#count * headerSize + index * vectorSize;
      words[vectorStart / 8] = addressOf(this.bytes, this.offset(index));
      words[vectorStart / 8 + 1] = BigInt(snapLength);
      const header = (index * headerSize) / 8;
      words[header] = addressOf(this.#addresses, index * addressSize);
      words[header + 2] = addressOf(this.#headers, vectorStart);
      words[header + 3] = 1n;
      words[header + 4] = addressOf(control, index * controlSize);
    }
  }

  offset(index: number): number {
    return index * slotStride;
  }

  /** Whether one call can bring more than this. */
  isFull(received: number): boolean {
    return received === this.#count;
  }

  /** Takes waiting packets from a packet socket; 0 when none waits. @throws SystemError, such as ENETDOWN */
  receive(fd: number): number {
    const words = this.#headerWords;
    for (let index = 0; index < this.#count; index++) {
      const header = (index * headerSize) / 4;
      words[header + 2] = addressSize;
      words[header + 10] = controlSize;
      words[header + 11] = 0;
    }
    const flags = messageFlags.dontWait | messageFlags.truncate;
    const received = nativeRecvmmsg(fd, this.#headers, this.#count, flags, null);
    if (received < 0) {
      const errno = lastErrno();
      if (errno === again || errno === interrupted) return 0;
      throw new SystemError("recvmmsg", errno);
    }
    for (let index = 0; index < received; index++) this.#read(index);
    return received;
  }

  #read(index: number): void {
    const header = (index * headerSize) / 4;
    const length = this.#headerWords[header + 14] ?? 0;
    this.original[index] = length;
    this.captured[index] = Math.min(length, snapLength);
    this.packetType[index] = this.#addresses[index * addressSize + sllAddressStart] ?? 0;
    this.tag[index] = 0;
    const end = (index * controlSize) / 4 + (this.#headerWords[header + 10] ?? 0) / 4;
    this.#readControl(index, (index * controlSize) / 4, end);
  }

  /** Control messages begin at multiples of 8 bytes: length, level, type, data. */
  #readControl(index: number, start: number, end: number): void {
    const control = this.#control;
    let at = start;
    while (at + 4 <= end) {
      const length = control[at] ?? 0;
      const level = control[at + 2];
      const type = control[at + 3];
      if (level === solSocket && type === timestampNanoseconds) {
        this.seconds[index] = (control[at + 4] ?? 0) + (control[at + 5] ?? 0) * 4_294_967_296;
        this.nanoseconds[index] = control[at + 6] ?? 0;
      } else if (level === solPacket && type === auxiliaryData) {
        this.#readAuxiliary(index, at + 4);
      }
      if (length < 16) return;
      at += ((length + 7) & ~7) / 4;
    }
  }

  /** struct tpacket_auxdata: status, length, snap length, two offsets, TCI and TPID. */
  #readAuxiliary(index: number, at: number): void {
    const control = this.#control;
    const status = control[at] ?? 0;
    if ((status & vlanValid) === 0) return;
    const both = control[at + 4] ?? 0;
    const tpid = (status & vlanTpidValid) === 0 ? 0x8100 : both >>> 16;
    this.tag[index] = ((tpid << 16) | (both & 0xffff)) >>> 0;
  }
}
