import { SystemError } from "../machine/libc/system-error.ts";
import type { Point } from "../trial/trial.ts";
import { InterfaceRecording, type PointResult, type RecordedPlace } from "./interface-recording.ts";
import { Readiness } from "./readiness.ts";
import { RecordingFile } from "./recording-file.ts";
import { untilFramesAreStamped } from "./time-stamps.ts";

export type PointToRecord = RecordedPlace;

export type RecorderOptions = {
  readonly points: readonly PointToRecord[];
  /** An existing directory; files in it are called after the nodes: `hv1.pcapng`. */
  readonly directory: string;
  /** Bytes of kernel memory that frames of one point may take while they wait; 4 to 64 MiB unless given. */
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
const interval = 20;
/** Milliseconds after which bytes go to the disk even if they are few. */
const flushInterval = 200;
/** Milliseconds to wait for sentinels where nothing else waits to be read, and in all. */
const sentinelDeadline = 2000;
const stopDeadline = 15_000;
/** Frames taken from one socket before the next has its turn. */
const turn = 512;
const mebibyte = 1024 * 1024;
/** Kernel memory that all waiting frames may take, unless told otherwise: a guest has a gigabyte. */
const allBuffers = 320 * mebibyte;

/**
 * Records points into pcapng files, one for each namespace. When this resolves, every socket is bound and receiving, and
 * frames are stamped when they pass. @throws SystemError when a file cannot be made
 */
export async function startRecorder(options: RecorderOptions): Promise<Recorder> {
  const recorder = new Recorder(options);
  await untilFramesAreStamped();
  return recorder;
}

/** Recordings in progress; ended by `stop`, or cut off by disposal. */
export class Recorder implements Disposable {
  readonly failures: readonly PointFailure[];
  readonly #files: readonly RecordingFile[];
  readonly #recordings: readonly InterfaceRecording[];
  readonly #readiness: Readiness;
  #timer: NodeJS.Timeout | NodeJS.Immediate | undefined;
  #flushedAt = 0;
  #closed = false;

  constructor(options: RecorderOptions) {
    const { recordings, failures } = openRecordings(options);
    this.failures = failures;
    this.#recordings = recordings;
    try {
      this.#files = openFiles(options.directory, recordings);
    } catch (error) {
      for (const recording of recordings) void recording.close();
      throw error;
    }
    this.#readiness = new Readiness(recordings.map(({ fd }) => fd));
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
      for (const file of this.#files) file.flush();
    }
    this.#schedule(busy);
  }

  /** Gives each socket that has something its turn; whether any may have more. */
  #drain(): boolean {
    let busy = false;
    for (const position of this.#readiness.ready()) {
      const recording = this.#recordings[position];
      if (recording === undefined) continue;
      if (recording.drain(turn)) busy = true;
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
    const sentinel = crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
    const waiting = this.#recordings.filter((recording) => recording.sendSentinel(sentinel));
    const began = performance.now();
    while (!this.#closed) {
      const busy = this.#drain();
      const missing = waiting.some(({ ended }) => !ended);
      const waited = performance.now() - began;
      if (waited > stopDeadline || !(busy || (missing && waited < sentinelDeadline))) break;
      await new Promise((resolve) => (busy ? setImmediate(resolve) : setTimeout(resolve, 1)));
    }
    await this.#end();
    const points = this.#recordings.map((recording) => recording.result());
    return { points, failures: this.failures };
  }

  /** Everything is on the disk when it returns; the sockets are closed when it resolves. */
  #end(): Promise<unknown> {
    if (this.#closed) return Promise.resolve();
    this.#closed = true;
    const now = Date.now();
    for (const recording of this.#recordings) recording.end(now);
    for (const file of this.#files) {
      file.flush();
      file[Symbol.dispose]();
    }
    return Promise.all(this.#recordings.map((recording) => recording.close()));
  }

  #cancel(): void {
    clearTimeout(this.#timer as NodeJS.Timeout);
    clearImmediate(this.#timer as NodeJS.Immediate);
  }

  /** Ends at once: what was read so far is in the files, without sentinels. */
  [Symbol.dispose](): void {
    this.#cancel();
    void this.#end();
  }
}

function openRecordings(options: RecorderOptions): {
  readonly recordings: readonly InterfaceRecording[];
  readonly failures: readonly PointFailure[];
} {
  const recordings: InterfaceRecording[] = [];
  const failures: PointFailure[] = [];
  const share = allBuffers / Math.max(1, options.points.length);
  const buffer = options.receiveBuffer ?? Math.min(64 * mebibyte, Math.max(4 * mebibyte, share));
  for (const place of options.points) {
    try {
      recordings.push(new InterfaceRecording(place, buffer));
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      failures.push({ point: place.point, error: error.message });
    }
  }
  return { recordings, failures };
}

function openFiles(
  directory: string,
  recordings: readonly InterfaceRecording[],
): readonly RecordingFile[] {
  const files: RecordingFile[] = [];
  try {
    for (const group of Map.groupBy(recordings, ({ place }) => place.namespace).values()) {
      const interfaces = group.map(({ place }) => ({
        name: place.point,
        description: `${place.namespace}/${place.interface}`,
        snapLength: 262_144,
      }));
      const file = new RecordingFile(directory, fileName(group), interfaces);
      files.push(file);
      for (const [interfaceId, recording] of group.entries()) recording.into(file, interfaceId);
    }
  } catch (error) {
    for (const file of files) file[Symbol.dispose]();
    throw error;
  }
  return files;
}

/** `hv1:web1:eth0` is recorded in `hv1.pcapng`. */
function fileName(group: readonly InterfaceRecording[]): string {
  const node = group[0]?.place.point.split(":")[0] ?? "";
  return `${node}.pcapng`;
}
