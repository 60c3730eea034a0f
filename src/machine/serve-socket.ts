import { chmodSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { type LineChannel, lineChannel } from "./line-channel.ts";

/** Serves clients on a socket of this machine, which only its owner can open. An old socket of that name goes first. */
export function serveSocket(path: string, onClient: (channel: LineChannel) => void): void {
  rmSync(path, { force: true });
  createServer((socket) => onClient(lineChannel(socket))).listen(path, () =>
    chmodSync(path, 0o600),
  );
}
