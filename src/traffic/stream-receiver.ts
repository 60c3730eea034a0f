import { MessageBatch } from "../machine/libc/message-batch.ts";
import { setIntegerOption } from "../machine/libc/sockets.ts";
import { SystemError } from "../machine/libc/system-error.ts";
import { DatagramSocket } from "../machine/sockets/datagram.ts";
import { decodeProbeToken, tokenLength } from "../packet/probe-token.ts";
import type { StreamRequest } from "./requests.ts";

const slots = 64;
const socketLevel = 1;
const receiveBufferForce = 33;
const receiveBufferBytes = 16 * 1024 * 1024;
/** Milliseconds between two looks at the receiver's socket. */
const drainInterval = 50;

/** A socket of the receiver's, so that its kernel answers no datagram with "port unreachable". */
export class StreamReceiver implements Disposable {
  readonly port: number;
  received = 0;
  readonly #socket: DatagramSocket;
  readonly #batch: MessageBatch = new MessageBatch(slots, tokenLength);
  readonly #index: number;
  #drainedAt = 0;

  /** @throws SystemError EADDRNOTAVAIL when the receiver does not have the address */
  constructor({ probe, index, receiver }: StreamRequest) {
    this.#index = index;
    this.#socket = new DatagramSocket(receiver.namespace, { address: probe.to.address, port: 0 });
    setIntegerOption(this.#socket.fd, socketLevel, receiveBufferForce, receiveBufferBytes);
    this.port = this.#socket.local().port;
  }

  /** A wake-up for each datagram would cost the sender its rhythm on a slow processor: the kernel keeps them. */
  drainSometimes(): void {
    const now = performance.now();
    if (now - this.#drainedAt < drainInterval) return;
    this.#drainedAt = now;
    this.drain();
  }

  /** Takes all that wait. Returns how many of this stream came in all. */
  drain(): number {
    const batch = this.#batch;
    for (let received = slots; received === slots; ) {
      received = batch.receive(this.#socket.fd);
      for (let slot = 0; slot < received; slot++) {
        if (batch.receivedLength(slot) < tokenLength) continue;
        const token = decodeProbeToken(batch.data, batch.dataOffset(slot));
        if (token?.index === this.#index) this.received += 1;
      }
    }
    return this.received;
  }

  [Symbol.dispose](): void {
    this.#socket[Symbol.dispose]();
  }
}

/** Where the datagrams of a stream are to go, or why the receiver cannot take them. */
export type OpenedReceiver = { readonly index: number } & (
  | { readonly port: number }
  | { readonly error: string }
);

/** The receivers of streams that another machine sends. */
export class StreamReceivers implements Disposable {
  readonly #open = new Map<number, StreamReceiver>();

  open(requests: readonly StreamRequest[]): readonly OpenedReceiver[] {
    return requests.map((request) => {
      const { index } = request;
      try {
        const receiver = new StreamReceiver(request);
        this.#open.set(index, receiver);
        return { index, port: receiver.port };
      } catch (error) {
        if (!(error instanceof SystemError)) throw error;
        return { index, error: error.message };
      }
    });
  }

  /** Ends receivers and says how many datagrams each got; those that were not open got none. */
  close(
    indexes: readonly number[],
  ): readonly { readonly index: number; readonly received: number }[] {
    return indexes.map((index) => {
      using receiver = this.#open.get(index);
      this.#open.delete(index);
      return { index, received: receiver?.drain() ?? 0 };
    });
  }

  [Symbol.dispose](): void {
    this.close([...this.#open.keys()]);
  }
}
