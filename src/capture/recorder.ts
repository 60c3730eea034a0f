import { SystemError } from "../machine/libc/system-error.ts";
import type { Point } from "../trial/trial.ts";
import { InterfaceRecording, type PointResult } from "./interface-recording.ts";
import { PacketBatch } from "./packet-batch.ts";
import { PacketSocket } from "./packet-socket.ts";
import { PcapngFile } from "./pcapng-file.ts";
import { Readiness } from "./readiness.ts";
import { Sentinel, sentinelToken } from "./sentinel.ts";

export type PointToRecord = {
  readonly point: Point;
  /** Name of a network namespace, as under `/run/netns`. */
  readonly namespace: string;
  readonly interface: string;
};

export type RecorderOptions = {
  readonly points: readonly PointToRecord[];
  /** An existing directory; files in it are called after the nodes: `hv1.pcapng`. */
  readonly directory: string;
  /** Bytes of kernel memory that frames of one point may take while they wait; 64 MiB unless given. */
  readonly receiveBuffer?: number;
};

/** A point that cannot be recorded, and why; the others are recorded. */
export type PointFailure = { readonly point: Point; readonly error: string };

export type RecorderResult = {
  readonly points: readonly PointResult[];
  /** Points that were never recorded. */
  readonly failures: readonly PointFailure[];
};

/** Milliseconds between two looks at the sockets; what comes in meanwhile waits in the kernel. */
const interval = 5;
/** Milliseconds after which bytes go to the disk even if they are few. */
const flushInterval = 200;
const sentinelDeadline = 2000;
/** Batches taken from one socket before the next has its turn. */
const turn = 8;
const receiveBufferBytes = 64 * 1024 * 1024;

type OpenFile = { readonly name: string; readonly writer: PcapngFile };
type OpenRecording = { readonly place: PointToRecord; readonly recording: InterfaceRecording };

/**
 * Records points into pcapng files, one for each namespace. When this returns, every socket is bound and receiving.
 * @throws SystemError when a file cannot be made
 */
export function startRecorder(options: RecorderOptions): Recorder {
  return new Recorder(options);
}

/** Recordings in progress; ended by `stop`, or cut off by disposal. */
export class Recorder implements Disposable {
  readonly failures: readonly PointFailure[];
  readonly #files: readonly OpenFile[];
  readonly #open: readonly OpenRecording[];
  readonly #readiness: Readiness;
  readonly #batch: PacketBatch = new PacketBatch();
  #timer: NodeJS.Timeout | NodeJS.Immediate | undefined;
  #flushedAt = 0;
  #closed = false;

  constructor(options: RecorderOptions) {
    const { sockets, failures } = openSockets(options);
    this.failures = failures;
    try {
      const { files, recordings } = openFiles(options.directory, sockets);
      this.#files = files;
      this.#open = recordings;
    } catch (error) {
      for (const { socket } of sockets) socket[Symbol.dispose]();
      throw error;
    }
    this.#readiness = new Readiness(this.#open.map(({ recording }) => recording.socket.fd));
    this.#schedule(false);
  }

  #schedule(busy: boolean): void {
    this.#timer = busy
      ? setImmediate(() => this.#tick())
      : setTimeout(() => this.#tick(), interval);
  }

  #tick(): void {
    const busy = this.#drain();
    const now = performance.now();
    if (now - this.#flushedAt >= flushInterval) {
      this.#flushedAt = now;
      for (const { writer } of this.#files) if (writer.pending) writer.flush();
    }
    this.#schedule(busy);
  }

  /** Gives each socket that has something its turn; whether any has more. */
  #drain(): boolean {
    let busy = false;
    for (const position of this.#readiness.ready()) {
      const recording = this.#open[position]?.recording;
      if (recording === undefined) continue;
      if (recording.drain(this.#batch, turn)) busy = true;
      if (recording.ended) this.#readiness.forget(position);
    }
    return busy;
  }

  /**
   * Sends each interface's sentinel, records until each is read, and ends the files. An interface that cannot send
   * (down, gone) is read until it is empty.
   */
  async stop(): Promise<RecorderResult> {
    this.#cancel();
    const waiting = this.#sendSentinels();
    const deadline = performance.now() + sentinelDeadline;
    for (;;) {
      const busy = this.#drain();
      const missing = waiting.some(({ recording }) => !recording.ended);
      if (!busy && (!missing || performance.now() > deadline)) break;
      await new Promise((resolve) => (busy ? setImmediate(resolve) : setTimeout(resolve, 1)));
      if (this.#closed) break;
    }
    return { points: this.#end(), failures: this.failures };
  }

  #sendSentinels(): readonly OpenRecording[] {
    const nonce = crypto.getRandomValues(new Uint8Array(8));
    return this.#open.filter(({ place, recording }, position) => {
      const sentinel = new Sentinel(sentinelToken(position), nonce);
      recording.awaitSentinel(sentinel);
      try {
        sentinel.send(place.namespace, recording.socket.interfaceIndex);
        return true;
      } catch (error) {
        if (!(error instanceof SystemError)) throw error;
        recording.fail(error.code);
        return false;
      }
    });
  }

  #end(): readonly PointResult[] {
    const now = BigInt(Date.now()) * 1_000_000n;
    for (const { recording } of this.#open) recording.end(now);
    this.#closed = true;
    for (const { writer } of this.#files) {
      writer.flush();
      writer[Symbol.dispose]();
    }
    return this.#open.map(({ recording }) => recording.result());
  }

  #cancel(): void {
    clearTimeout(this.#timer as NodeJS.Timeout);
    clearImmediate(this.#timer as NodeJS.Immediate);
  }

  /** Ends at once: what was read so far is in the files, without sentinels. */
  [Symbol.dispose](): void {
    this.#cancel();
    if (!this.#closed) this.#end();
  }
}

type OpenSocket = { readonly place: PointToRecord; readonly socket: PacketSocket };

function openSockets(options: RecorderOptions): {
  readonly sockets: readonly OpenSocket[];
  readonly failures: readonly PointFailure[];
} {
  const sockets: OpenSocket[] = [];
  const failures: PointFailure[] = [];
  const bytes = options.receiveBuffer ?? receiveBufferBytes;
  for (const place of options.points) {
    try {
      sockets.push({ place, socket: new PacketSocket(place.namespace, place.interface, bytes) });
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      failures.push({ point: place.point, error: error.message });
    }
  }
  return { sockets, failures };
}

function openFiles(
  directory: string,
  sockets: readonly OpenSocket[],
): { readonly files: readonly OpenFile[]; readonly recordings: readonly OpenRecording[] } {
  const files: OpenFile[] = [];
  const recordings: OpenRecording[] = [];
  for (const group of Map.groupBy(sockets, ({ place }) => place.namespace).values()) {
    const name = fileName(group[0]?.place.point ?? ("" as Point));
    const blocks = group.map(({ place }) => ({
      name: place.point,
      description: `${place.namespace}/${place.interface}`,
    }));
    const writer = new PcapngFile(`${directory}/${name}`, blocks);
    files.push({ name, writer });
    for (const [interfaceId, { place, socket }] of group.entries()) {
      const file = { writer, name, interfaceId };
      recordings.push({ place, recording: new InterfaceRecording(place.point, socket, file) });
    }
  }
  return { files, recordings };
}

/** `hv1:web1:eth0` is recorded in `hv1.pcapng`. */
function fileName(point: Point): string {
  const node = point.split(":")[0] ?? point;
  return `${node}.pcapng`;
}
