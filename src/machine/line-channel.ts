import type { Duplex } from "node:stream";

/** A two-way stream of text lines. */
export type LineChannel = {
  send(line: string): void;
  /** Called for each whole line, without its end. */
  onLine(listener: (line: string) => void): void;
  /** Called once, when the other side is gone. */
  onClose(listener: () => void): void;
  close(): void;
};

/** Lines over a byte stream; a last line without an end is dropped, for it may have been cut. */
export function lineChannel(stream: Duplex): LineChannel {
  const lineListeners: ((line: string) => void)[] = [];
  const closeListeners: (() => void)[] = [];
  let pending: string[] = [];
  stream.setEncoding("utf8");
  stream.on("data", (chunk: string) => {
    const pieces = chunk.split("\n");
    const rest = pieces.pop() ?? "";
    for (const piece of pieces) {
      const line = pending.length === 0 ? piece : [...pending, piece].join("");
      pending = [];
      for (const listener of lineListeners) listener(line);
    }
    if (rest !== "") pending.push(rest);
  });
  let closed = false;
  const close = (): void => {
    if (closed) return;
    closed = true;
    for (const listener of closeListeners) listener();
  };
  stream.on("close", close).on("end", close).on("error", close);
  return {
    send: (line) => {
      if (!closed) stream.write(`${line}\n`);
    },
    onLine: (listener) => lineListeners.push(listener),
    onClose: (listener) => closeListeners.push(listener),
    close: () => stream.destroy(),
  };
}
