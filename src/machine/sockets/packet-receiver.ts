import { closeFile, closeFileElsewhere } from "../libc/files.ts";
import { viewOf } from "../libc/memory.ts";
import { MessageBatch } from "../libc/message-batch.ts";
import { linkLayerToBytes } from "../libc/socket-address.ts";
import {
  addressFamily,
  bindSocket,
  configured,
  getOption,
  openSocket,
  setIntegerOption,
  socketType,
} from "../libc/sockets.ts";
import { inNamespace } from "../netns/enter.ts";
import type { Namespace } from "../netns/handles.ts";
import { type AncillaryData, readAncillaryData } from "./ancillary-data.ts";

const solSocket = 1;
const solPacket = 263;
const option = { receiveBufferForce: 33, timestampNs: 35 } as const;
const packetOption = { statistics: 6, auxiliaryData: 8, ignoreOutgoing: 23 } as const;
const allProtocols = 0x0003;
const tagSize = 4;

/** Who a frame was for, from the interface's point of view; `outgoing` frames left through it. */
type PacketType = "host" | "broadcast" | "multicast" | "otherhost" | "outgoing";
const packetTypes: readonly PacketType[] = [
  "host",
  "broadcast",
  "multicast",
  "otherhost",
  "outgoing",
];

/** What is known of a frame besides its bytes. The object is used again for the next frame: copy what you keep. */
export type FrameInfo = {
  /** Kernel time at which the frame passed, since 1970: seconds and nanoseconds within the second. */
  seconds: number;
  nanoseconds: number;
  /** Length on the wire, VLAN tag included; more than `length` where the frame was cut to the slot. */
  originalLength: number;
  packetType: PacketType;
  interfaceIndex: number;
};

/** The frame is `memory[offset, offset + length)`, valid during the call only. */
export type OnFrame = (
  memory: Uint8Array,
  offset: number,
  length: number,
  info: Readonly<FrameInfo>,
) => void;

// 64 KiB holds any frame a device can make of segments to be cut later, with its tag.
const slots = 64;
const slotSize = 66 * 1024;
let shared: MessageBatch | undefined;

/**
 * Receives every frame that comes in at an interface, or leaves through it, as it is on the wire: a VLAN tag that the
 * kernel keeps beside the frame is put back into the bytes.
 */
export class PacketReceiver implements Disposable, AsyncDisposable {
  readonly fd: number;
  readonly #info: FrameInfo = {
    seconds: 0,
    nanoseconds: 0,
    originalLength: 0,
    packetType: "host",
    interfaceIndex: 0,
  };
  #received = 0;
  #dropped = 0;

  /**
   * @param index interface index; 0 for all interfaces of the namespace, told apart by `interfaceIndex`
   * @throws SystemError ENODEV
   */
  constructor(
    namespace: Namespace,
    index: number,
    options: { readonly bufferBytes?: number; readonly ignoreOutgoing?: boolean } = {},
  ) {
    // Protocol 0 until everything is set: a socket that hears all interfaces from the start hears too much.
    const unbound = inNamespace(namespace, () =>
      openSocket(addressFamily.packet, socketType.raw | socketType.nonBlocking, 0),
    );
    const bytes = options.bufferBytes ?? 64 * 1024 * 1024;
    const ignore = options.ignoreOutgoing === true ? 1 : 0;
    this.fd = configured(unbound, (fd) => {
      setIntegerOption(fd, solSocket, option.receiveBufferForce, bytes, "SO_RCVBUFFORCE");
      setIntegerOption(fd, solSocket, option.timestampNs, 1, "SO_TIMESTAMPNS");
      setIntegerOption(fd, solPacket, packetOption.auxiliaryData, 1, "PACKET_AUXDATA");
      setIntegerOption(
        fd,
        solPacket,
        packetOption.ignoreOutgoing,
        ignore,
        "PACKET_IGNORE_OUTGOING",
      );
      bindSocket(fd, linkLayerToBytes(index, allProtocols), `interface ${index}`);
    });
  }

  /** Hands over up to `maxFrames` frames that wait, in order, without waiting for any. Returns how many. */
  drain(maxFrames: number, onFrame: OnFrame): number {
    shared ??= new MessageBatch(slots, slotSize);
    let total = 0;
    while (total < maxFrames) {
      const wanted = Math.min(slots, maxFrames - total);
      const count = shared.receive(this.fd, tagSize, wanted);
      for (let slot = 0; slot < count; slot++) {
        this.#deliver(shared, slot, onFrame);
      }
      total += count;
      if (count < wanted) {
        break;
      }
    }
    return total;
  }

  #deliver(batch: MessageBatch, slot: number, onFrame: OnFrame): void {
    const extra = readAncillaryData(batch, slot);
    const { names } = batch;
    const name = slot * MessageBatch.nameSize;
    const info = this.#info;
    info.interfaceIndex = names.getInt32(name + 4, true);
    info.packetType = packetTypes[names.getUint8(name + 10)] ?? "otherhost";
    info.seconds = extra.seconds;
    info.nanoseconds = extra.nanoseconds;
    const length = batch.receivedLength(slot);
    info.originalLength = Math.max(extra.originalLength, length);
    const offset = batch.dataOffset(slot) + tagSize;
    if (extra.vlanProtocol === 0 || length < 12) {
      onFrame(batch.data, offset, length, info);
      return;
    }
    insertTag(batch.data, offset, extra);
    info.originalLength += tagSize;
    onFrame(batch.data, offset - tagSize, length + tagSize, info);
  }

  /** Frames since the socket was opened: taken in by the kernel, and of those dropped for lack of room. */
  statistics(): { readonly received: number; readonly dropped: number } {
    const view = viewOf(
      getOption(this.fd, solPacket, packetOption.statistics, 8, "PACKET_STATISTICS"),
    );
    this.#received += view.getUint32(0, true); // reading resets the kernel's counters
    this.#dropped += view.getUint32(4, true);
    return { received: this.#received, dropped: this.#dropped };
  }

  /** Closes without holding up the event loop, as `[Symbol.dispose]` does for milliseconds. */
  [Symbol.asyncDispose](): Promise<void> {
    return closeFileElsewhere(this.fd);
  }

  [Symbol.dispose](): void {
    closeFile(this.fd);
  }
}

/** Moves the two MAC addresses up into the headroom and writes the tag behind them. */
function insertTag(data: Uint8Array, offset: number, tag: AncillaryData): void {
  data.copyWithin(offset - tagSize, offset, offset + 12);
  const at = offset - tagSize + 12;
  data[at] = tag.vlanProtocol >> 8;
  data[at + 1] = tag.vlanProtocol & 0xff;
  data[at + 2] = tag.vlanControl >> 8;
  data[at + 3] = tag.vlanControl & 0xff;
}
