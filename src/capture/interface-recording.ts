import { SystemError } from "../machine/libc/system-error.ts";
import type { Point } from "../trial/trial.ts";
import type { PacketBatch } from "./packet-batch.ts";
import type { PacketCounts, PacketSocket } from "./packet-socket.ts";
import type { PcapngFile } from "./pcapng-file.ts";
import type { Sentinel } from "./sentinel.ts";

/** What an interface's recording amounts to, told at its end. */
export type PointResult = {
  readonly point: Point;
  /** File name within the directory: `hv1.pcapng`. */
  readonly recording: string;
  /** Frames that the kernel had for this point, those dropped among them. */
  readonly received: number;
  /** Lost between kernel and file: the socket had no room. */
  readonly dropped: number;
  /** Frames in the file. */
  readonly written: number;
  /** Frame number of the sentinel; absent when it was not seen. */
  readonly sentinel?: number;
  /** The interface was down, or gone, at some moment. */
  readonly wentDown?: true;
  /** Why the end of the recording is missing: `ENETDOWN` (down), `ENXIO` (gone) when the sentinel was sent, a full disk. */
  readonly error?: string;
};

const outgoing = 4;
const interfaceDown = "ENETDOWN";

/** One point being recorded: its socket, its interface block in a file, its counters. */
export class InterfaceRecording {
  readonly point: Point;
  readonly socket: PacketSocket;
  readonly #file: PcapngFile;
  readonly #recording: string;
  readonly #id: number;
  #written = 0;
  #counts: PacketCounts = { received: 0, dropped: 0 };
  #failure: string | undefined;
  #ended = false;
  #wentDown = false;
  #awaited: Sentinel | undefined;
  #sentinelFrame: number | undefined;

  constructor(
    point: Point,
    socket: PacketSocket,
    file: { readonly writer: PcapngFile; readonly name: string; readonly interfaceId: number },
  ) {
    this.point = point;
    this.socket = socket;
    this.#file = file.writer;
    this.#recording = file.name;
    this.#id = file.interfaceId;
  }

  /** Nothing more is to be read: the sentinel came, or the socket is of no use any more. */
  get ended(): boolean {
    return this.#ended;
  }

  /** From now on the recording ends with this frame. */
  awaitSentinel(sentinel: Sentinel): void {
    this.#awaited = sentinel;
  }

  fail(reason: string): void {
    this.#failure ??= reason;
  }

  /** Moves at most `calls` batches from the socket into the file; whether more may be waiting. */
  drain(batch: PacketBatch, calls: number): boolean {
    for (let call = 0; call < calls && !this.#ended; call++) {
      const received = this.#receive(batch);
      for (let index = 0; index < received && !this.#ended; index++) this.#keep(batch, index);
      if (!batch.isFull(received)) return false;
    }
    return !this.#ended;
  }

  #receive(batch: PacketBatch): number {
    try {
      return batch.receive(this.socket.fd);
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      // An interface that went down may come up again: the kernel then goes on filling this socket.
      if (error.code === interfaceDown) {
        this.#wentDown = true;
        return 0;
      }
      this.fail(error.code);
      this.#ended = true;
      return 0;
    }
  }

  #keep(batch: PacketBatch, index: number): void {
    const frame = this.#file.packet(this.#id, batch, index);
    this.#written += 1;
    const awaited = this.#awaited;
    if (awaited === undefined || batch.packetType[index] !== outgoing) return;
    const start = batch.offset(index);
    if (awaited.is(batch.bytes, start, batch.captured[index] ?? 0)) {
      this.#sentinelFrame = frame;
      this.#ended = true;
    }
  }

  /** Puts the counters into the file and closes the socket; `result` tells them once the file is on the disk. */
  end(now: bigint): void {
    this.#ended = true;
    this.#counts = this.socket.counts();
    this.socket[Symbol.dispose]();
    this.#file.statistics(this.#id, this.#counts.received, this.#counts.dropped, now);
  }

  result(): PointResult {
    const failure = this.#file.failure ?? this.#failure;
    // What a full disk swallowed cannot be told apart any more: without a sentinel nobody will trust the rest.
    const sentinel = this.#file.failure === undefined ? this.#sentinelFrame : undefined;
    return {
      point: this.point,
      recording: this.#recording,
      ...this.#counts,
      written: this.#written,
      ...(sentinel === undefined ? {} : { sentinel }),
      ...(this.#wentDown ? { wentDown: true } : {}),
      ...(failure === undefined ? {} : { error: failure }),
    };
  }
}
