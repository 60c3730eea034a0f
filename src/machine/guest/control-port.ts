import { type FileHandle, open } from "node:fs/promises";

/** One client's time on the port, from its hello to its leaving. */
export type ControlSession = {
  /** Whole lines without their end, until the client leaves. */
  readonly lines: AsyncIterable<string>;
  /** Writes one line; after the client has left, nothing. */
  readonly write: (line: string) => Promise<void>;
  /** Aborted when the client leaves or another one takes its place. */
  readonly left: AbortSignal;
};

const chunkBytes = 65_536;
const hello = /^\{"lab":"hello","session":"([0-9a-f-]{36})"\}$/;

/** First line of a client, and the daemon's answer: both drop what came before it, such as half a line of a former client. */
export const helloLine = (session: string): string => `{"lab":"hello","session":"${session}"}`;

/**
 * The guest's end of its control channel, a virtio-serial port: one session after another, for ever.
 *
 * The port has its own manners (drivers/char/virtio_console.c): while no client is there a read gives 0 bytes at once
 * and a write blocks. So a blocking write of an empty line is how to wait for a client without asking again and again.
 * A client that goes and one that comes within a moment look like one stream; hence the hello line.
 * One thread of Node's pool is always inside such a call: end the process with a signal, `process.exit` would wait for it.
 */
export async function* controlSessions(path: string): AsyncGenerator<ControlSession> {
  await using port = await open(path, "r+");
  const writer = portWriter(port);
  let session: OpenSession | undefined;
  for await (const line of portLines(port, writer)) {
    const name = line === undefined ? undefined : hello.exec(line)?.[1];
    if (line === undefined || name !== undefined) {
      session?.end();
      session = undefined;
    }
    if (name !== undefined) {
      session = openSession(writer);
      await writer(`\n${helloLine(name)}\n`, session.left);
      yield session;
    } else if (line) {
      session?.receive(line);
    }
  }
}

type OpenSession = ControlSession & { receive(line: string): void; end(): void };
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
  let rest = Buffer.alloc(0);
  for (;;) {
    const { bytesRead } = await port.read(chunk, 0, chunkBytes, null);
    if (bytesRead === 0) {
      rest = Buffer.alloc(0);
      yield undefined;
      await write("\n");
      continue;
    }
    rest = Buffer.concat([rest, chunk.subarray(0, bytesRead)]);
    for (let end = rest.indexOf(10); end !== -1; end = rest.indexOf(10)) {
      yield rest.toString("utf8", 0, end);
      rest = rest.subarray(end + 1);
    }
  }
}

function openSession(writer: Writer): OpenSession {
  const leaving = new AbortController();
  const queue: string[] = [];
  let wake = (): void => undefined;
  async function* lines(): AsyncGenerator<string> {
    for (;;) {
      const line = queue.shift();
      if (line !== undefined) yield line;
      else if (leaving.signal.aborted) return;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  }
  return {
    lines: lines(),
    left: leaving.signal,
    write: (line) => writer(`${line}\n`, leaving.signal),
    receive: (line) => {
      queue.push(line);
      wake();
    },
    end: () => {
      leaving.abort();
      wake();
    },
  };
}
