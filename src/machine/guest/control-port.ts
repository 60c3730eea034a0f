import { type FileHandle, open } from "node:fs/promises";
import type { LineChannel } from "../line-channel.ts";
import { cancel, helloText, sessionOf } from "./hello.ts";
import { renewRandomNumbers } from "./renew-random.ts";

const chunkBytes = 65_536;

/**
 * The guest's end of its control channel, a virtio-serial port: one client after another, for ever. Listeners must be
 * added to a channel before the next one is asked for (`for await` with a body that does not wait does so).
 *
 * The port has its own manners (drivers/char/virtio_console.c): while no client is there a read gives 0 bytes at once
 * and a write blocks. So a blocking write of an empty line is how to wait for a client without asking again and again.
 * A client that goes and one that comes within a moment look like one stream; hence the hello line.
 * A thread of Node's pool (UV_THREADPOOL_SIZE) is always inside such a call.
 */
export async function* controlSessions(path: string): AsyncGenerator<LineChannel> {
  await using port = await open(path, "r+");
  const write = portWriter(port);
  let session: Session | undefined;
  for await (const line of portLines(port, write)) {
    const name = line === undefined ? undefined : sessionOf(line);
    if (line === undefined || name !== undefined) session?.close();
    if (name !== undefined) {
      // The first hello may be the first thing after a restore from a snapshot.
      renewRandomNumbers();
      session = openSession(write);
      void write(helloText(name));
      yield session;
    } else if (line && !line.endsWith(cancel)) {
      session?.receive(line);
    }
  }
}

type Session = LineChannel & { receive(line: string): void };
type Writer = (text: string, until?: AbortSignal) => Promise<void>;

/** Writes one text after the other; the port takes at most 32 KiB at once. */
function portWriter(port: FileHandle): Writer {
  let last: Promise<void> = Promise.resolve();
  return (text, until) => {
    last = last.then(async () => {
      const bytes = Buffer.from(text);
      for (let at = 0; at < bytes.length && until?.aborted !== true; ) {
        at += (await port.write(bytes, at, bytes.length - at, null)).bytesWritten;
      }
    });
    return last;
  };
}

/** Lines of all clients; undefined each time a client has left. */
async function* portLines(port: FileHandle, write: Writer): AsyncGenerator<string | undefined> {
  const chunk = Buffer.alloc(chunkBytes);
  let pending: Buffer[] = [];
  for (;;) {
    const { bytesRead } = await port.read(chunk, 0, chunkBytes, null);
    if (bytesRead === 0) {
      pending = [];
      yield undefined;
      await write("\n");
      continue;
    }
    let start = 0;
    const bytes = Buffer.from(chunk.subarray(0, bytesRead));
    for (let end = bytes.indexOf(10); end !== -1; end = bytes.indexOf(10, start)) {
      yield Buffer.concat([...pending, bytes.subarray(start, end)]).toString("utf8");
      pending = [];
      start = end + 1;
    }
    if (start < bytes.length) pending.push(bytes.subarray(start));
  }
}

/** Once it is closed nothing more is written of it, not even the rest of a line. */
function openSession(write: Writer): Session {
  const closing = new AbortController();
  const lineListeners: ((line: string) => void)[] = [];
  return {
    send: (line) => void write(`${line}\n`, closing.signal),
    onLine: (listener) => lineListeners.push(listener),
    onClose: (listener) => closing.signal.addEventListener("abort", listener, { once: true }),
    close: () => closing.abort(),
    receive: (line) => {
      for (const listener of lineListeners) listener(line);
    },
  };
}
