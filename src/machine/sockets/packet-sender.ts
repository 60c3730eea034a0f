import { closeFile, closeFileElsewhere } from "../libc/files.ts";
import { MessageBatch } from "../libc/message-batch.ts";
import { linkLayerToBytes } from "../libc/socket-address.ts";
import {
  addressFamily,
  bindSocket,
  configured,
  openSocket,
  setIntegerOption,
  socketType,
} from "../libc/sockets.ts";
import { inNamespace } from "../netns/enter.ts";
import type { Namespace } from "../netns/handles.ts";

const solSocket = 1;
const solPacket = 263;
const sendBufferForce = 32;
const queueBypass = 20;
const slots = 128;
const slotSize = 10 * 1024;
let shared: MessageBatch | undefined;

/** Sends complete Ethernet frames, tags and all, out of one interface; it receives nothing. */
export class PacketSender implements Disposable, AsyncDisposable {
  readonly fd: number;

  /**
   * @param options.bypassQueue hands frames to the driver past the queueing discipline: faster, but netem and egress
   *   filters do not see them
   * @throws SystemError ENODEV
   */
  constructor(
    namespace: Namespace,
    index: number,
    options: { readonly bypassQueue?: boolean } = {},
  ) {
    const unbound = inNamespace(namespace, () =>
      openSocket(addressFamily.packet, socketType.raw | socketType.nonBlocking, 0),
    );
    const bypass = options.bypassQueue === true ? 1 : 0;
    this.fd = configured(unbound, (fd) => {
      setIntegerOption(fd, solSocket, sendBufferForce, 8 * 1024 * 1024, "SO_SNDBUFFORCE");
      setIntegerOption(fd, solPacket, queueBypass, bypass, "PACKET_QDISC_BYPASS");
      bindSocket(fd, linkLayerToBytes(index, 0), `interface ${index}`);
    });
  }

  /**
   * Sends frames in order, up to 10 KiB each. Returns how many went: fewer when a queue is full; send the rest later.
   * @throws SystemError `ENETDOWN`, `EMSGSIZE` (longer than the MTU allows) ... for the first frame that is refused
   */
  send(frames: readonly Uint8Array[]): number {
    shared ??= new MessageBatch(slots, slotSize);
    let total = 0;
    while (total < frames.length) {
      const count = Math.min(slots, frames.length - total);
      for (let slot = 0; slot < count; slot++) {
        shared.put(slot, frames[total + slot] ?? new Uint8Array(0));
      }
      const sent = shared.send(this.fd, count);
      total += sent;
      if (sent === 0) {
        break;
      }
    }
    return total;
  }

  /** Closes without holding up the event loop, as `[Symbol.dispose]` does for milliseconds. */
  [Symbol.asyncDispose](): Promise<void> {
    return closeFileElsewhere(this.fd);
  }

  [Symbol.dispose](): void {
    closeFile(this.fd);
  }
}
