import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { LabError } from "../../units/lab-error.ts";
import { controlSockets, takeFreePort } from "./control-sockets.ts";
import { helloText } from "./hello.ts";
import { connected } from "./qmp.ts";

/**
 * A session with the daemon in a guest: what it says comes from now on, and what it is told it takes as the first thing.
 * A guest serves as many sessions at a time as it has control ports; the first free one is taken until the stream is
 * closed. `within` is in milliseconds.
 *
 * @throws LabError LAB_E_GUEST_SILENT when all ports are taken or the daemon does not answer in time.
 */
export async function connectGuest(controlSocket: string, within = 10_000): Promise<Duplex> {
  const free = takeFreePort(controlSocket);
  if (free === undefined) throw noPort(controlSocket);
  const socket = await connected(free.socket).catch((cause: unknown) => {
    free.lock[Symbol.dispose]();
    throw silent(controlSocket, "nobody listens there: the guest has ended", cause);
  });
  socket.once("close", () => free.lock[Symbol.dispose]());
  const session = randomUUID();
  socket.write(helloText(session));
  try {
    await answered(socket, helloText(session), within);
  } catch (cause) {
    socket.destroy();
    throw silent(controlSocket, `no answer within ${within} ms`, cause);
  }
  return socket;
}

/** Reads up to and with the awaited text and leaves the rest in the socket. */
async function answered(socket: Socket, text: string, within: number): Promise<void> {
  const mark = Buffer.from(text);
  let seen = Buffer.alloc(0);
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => settle(new Error("deadline passed")), within);
    const settle = (error?: Error): void => {
      clearTimeout(timer);
      socket.off("readable", read).off("close", gone).off("error", settle);
      if (error === undefined) resolve();
      else reject(error);
    };
    const gone = (): void => settle(new Error("the guest has gone"));
    const read = (): void => {
      for (let chunk = socket.read(); chunk !== null; chunk = socket.read()) {
        seen = Buffer.concat([seen, chunk]);
        const at = seen.indexOf(mark);
        if (at === -1) continue;
        settle();
        const rest = seen.subarray(at + mark.length);
        if (rest.length > 0) socket.unshift(rest);
        return;
      }
    };
    socket.on("readable", read).on("close", gone).on("error", settle);
  });
}

function noPort(path: string): LabError {
  const sockets = controlSockets(path).filter((socket) => existsSync(socket));
  return sockets.length === 0
    ? silent(path, "nobody listens there")
    : new LabError(
        "LAB_E_GUEST_SILENT",
        `the daemon in the guest at ${path} serves ${sockets.length} sessions already, and no more at once`,
        { fix: "wait until another lab command on this lab has ended, and run the command again" },
      );
}

function silent(path: string, reason: string, cause?: unknown): LabError {
  return new LabError("LAB_E_GUEST_SILENT", `the daemon in the guest at ${path}: ${reason}`, {
    fix: "run `lab down` and bring the lab up again",
    cause,
  });
}
