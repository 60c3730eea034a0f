import { addressOf, pinnedMemory, viewOf } from "../machine/libc/memory.ts";
import { setOption } from "../machine/libc/sockets.ts";
import { SystemError } from "../machine/libc/system-error.ts";
import { interfaceIndex } from "../machine/sockets/interface-lookup.ts";
import { type FrameInfo, PacketReceiver } from "../machine/sockets/packet-receiver.ts";
import { Direction } from "../packet/recording.ts";
import type { Point } from "../trial/trial.ts";
import type { RecordingFile } from "./recording-file.ts";
import { isSentinel, sendSentinel } from "./sentinel.ts";

export type RecordedPlace = {
  readonly point: Point;
  /** Name of a network namespace, as under `/run/netns`. */
  readonly namespace: string;
  readonly interface: string;
};

/** What an interface's recording amounts to, told at its end. */
export type PointResult = {
  readonly point: Point;
  /** File name within the directory: `hv1.pcapng`. */
  readonly recording: string;
  /** Frames that the kernel had for this point, those dropped among them. */
  readonly received: number;
  /** Lost between kernel and file: the socket had no room, or the frame was longer than a slot. */
  readonly dropped: number;
  /** Frames in the file. */
  readonly written: number;
  /** Frame number of the sentinel; absent when it was not seen. */
  readonly sentinel?: number;
  /**
   * Every frame of the kernel's count is in the file or counted as dropped. With a sentinel that is so up to it; an
   * interface that cannot send one is read until it is empty while the kernel gives it nothing more.
   */
  readonly complete: boolean;
  /** The interface was down, or gone, at some moment. */
  readonly wentDown?: true;
  /** Why the end of the recording is missing: `ENETDOWN` (down), `ENODEV` (gone) when the sentinel was sent, a full disk. */
  readonly error?: string;
};

const interfaceDown = "ENETDOWN";
const solPacket = 263;
const addMembership = 1;
const promiscuous = 1;
const solSocket = 1;
const attachFilter = 26;
const returnConstant = 0x06;
/** Frames read in one go at the end, when nobody else waits. */
const drainAtEnd = 65_536;

/** One point being recorded: its socket, its interface block in a file, its counters. */
export class InterfaceRecording {
  readonly place: RecordedPlace;
  readonly #receiver: PacketReceiver;
  #file: RecordingFile | undefined;
  #id = 0;
  #written = 0;
  #cut = 0;
  #counts: { readonly received: number; readonly dropped: number } = { received: 0, dropped: 0 };
  #failure: string | undefined;
  #wentDown = false;
  #complete = false;
  #ended = false;
  #awaited: number | undefined;
  #sentinelFrame: number | undefined;

  /** From its return on the kernel keeps the frames; they are written once `into` tells where. @throws SystemError */
  constructor(place: RecordedPlace, receiveBuffer: number) {
    this.place = place;
    const index = interfaceIndex(place.namespace, place.interface);
    this.#receiver = new PacketReceiver(place.namespace, index, { bufferBytes: receiveBuffer });
    seeFramesForOthers(this.#receiver.fd, index);
  }

  get fd(): number {
    return this.#receiver.fd;
  }

  /** Nothing more is to be read: the sentinel came, or the socket is of no use any more. */
  get ended(): boolean {
    return this.#ended;
  }

  into(file: RecordingFile, interfaceId: number): void {
    this.#file = file;
    this.#id = interfaceId;
  }

  /** Moves at most `limit` frames from the socket into the file; whether more may be waiting. */
  drain(limit: number): boolean {
    if (this.#ended) return false;
    try {
      const frames = this.#receiver.drain(limit, this.#keep);
      return frames === limit && !this.#ended;
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      // An interface that went down may come up again: the kernel then goes on filling this socket.
      if (error.code === interfaceDown) {
        this.#wentDown = true;
        return true;
      }
      this.#failure ??= error.code;
      this.#ended = true;
      return false;
    }
  }

  readonly #keep = (
    memory: Uint8Array,
    offset: number,
    length: number,
    info: Readonly<FrameInfo>,
  ): void => {
    const file = this.#file;
    if (file === undefined || this.#ended) return;
    const outgoing = info.packetType === "outgoing";
    const direction = outgoing ? Direction.outbound : Direction.inbound;
    const { seconds, nanoseconds, originalLength } = info;
    const id = this.#id;
    file.writer.addPacket(
      id,
      seconds,
      nanoseconds,
      direction,
      memory,
      offset,
      length,
      originalLength,
    );
    const frame = file.packetAdded();
    this.#written += 1;
    if (originalLength > length) this.#cut += 1;
    const awaited = this.#awaited;
    if (awaited !== undefined && outgoing && isSentinel(memory, offset, length, awaited, id)) {
      this.#sentinelFrame = frame;
      this.#ended = true;
    }
  };

  /** Sends the frame that ends this recording; false when the interface cannot send. */
  sendSentinel(sentinel: number): boolean {
    this.#awaited = sentinel;
    try {
      sendSentinel(this.place, sentinel, this.#id);
      return true;
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      this.#failure ??= error.code;
      return false;
    }
  }

  /** Puts the counters into the file; `result` tells them once the file is on the disk. Then `close`. */
  end(now: number): void {
    if (!this.#ended) {
      takeNothingMore(this.#receiver.fd);
      while (this.drain(drainAtEnd));
    }
    this.#ended = true;
    const { received, dropped } = this.#receiver.statistics();
    this.#counts = { received, dropped: dropped + this.#cut };
    this.#complete = this.#sentinelFrame !== undefined || received - dropped === this.#written;
    const seconds = Math.floor(now / 1000);
    const nanoseconds = Math.floor((now % 1000) * 1e6);
    this.#file?.writer.addStatistics(this.#id, { seconds, nanoseconds, ...this.#counts });
  }

  close(): Promise<void> {
    return this.#receiver[Symbol.asyncDispose]();
  }

  result(): PointResult {
    const failure = this.#file?.failure ?? this.#failure;
    // What a full disk swallowed cannot be told apart any more: without a sentinel nobody will trust the rest.
    const isOnDisk = this.#file !== undefined && this.#file.failure === undefined;
    const sentinel = isOnDisk ? this.#sentinelFrame : undefined;
    return {
      point: this.place.point,
      recording: this.#file?.name ?? "",
      ...this.#counts,
      written: this.#written,
      ...(sentinel === undefined ? {} : { sentinel }),
      complete: isOnDisk && this.#complete,
      ...(this.#wentDown ? { wentDown: true } : {}),
      ...(failure === undefined ? {} : { error: failure }),
    };
  }
}

/** Attaches a filter (classic BPF, one instruction: return 0) that keeps further frames out, uncounted. */
function takeNothingMore(fd: number): void {
  const instruction = pinnedMemory(8);
  viewOf(instruction).setUint16(0, returnConstant, true);
  const program = pinnedMemory(16);
  viewOf(program).setUint16(0, 1, true);
  viewOf(program).setBigUint64(8, addressOf(instruction), true);
  setOption(fd, solSocket, attachFilter, program, "SO_ATTACH_FILTER");
}

/** A NIC would otherwise throw away frames for other stations before anybody could record them. */
function seeFramesForOthers(fd: number, index: number): void {
  const request = pinnedMemory(16);
  const view = viewOf(request);
  view.setInt32(0, index, true);
  view.setUint16(4, promiscuous, true);
  setOption(fd, solPacket, addMembership, request, "PACKET_MR_PROMISC");
}
