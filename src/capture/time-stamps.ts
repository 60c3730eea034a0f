import { closeFile, controlDevice } from "../machine/libc/files.ts";
import { pinnedMemory, viewOf } from "../machine/libc/memory.ts";
import { MessageBatch } from "../machine/libc/message-batch.ts";
import { setIntegerOption } from "../machine/libc/sockets.ts";
import { openAnonymousNamespace } from "../machine/netns/named.ts";
import { readAncillaryData } from "../machine/sockets/ancillary-data.ts";
import { DatagramSocket } from "../machine/sockets/datagram.ts";
import { wallClock } from "../machine/wall-clock.ts";

const setFlags = 0x8914;
const upFlag = 0x1;
const solSocket = 1;
const timestampNs = 35;
/** Milliseconds a datagram lies before it is read; a stamp younger than half of it was made at reading. */
const rest = 4;
const deadline = 2000;

/**
 * Waits until the kernel stamps frames when they pass. It begins some milliseconds after the first socket asked for it,
 * and until then gives the time of reading, without saying so. Call with that socket open.
 *
 * Seen by a datagram that a namespace of our own sends to itself. False: it did not begin within two seconds.
 */
export async function untilFramesAreStamped(): Promise<boolean> {
  const namespace = openAnonymousNamespace();
  try {
    using socket = new DatagramSocket(namespace, { address: "127.0.0.1", port: 0 });
    raiseLoopback(socket.fd);
    setIntegerOption(socket.fd, solSocket, timestampNs, 1, "SO_TIMESTAMPNS");
    const batch = new MessageBatch(1, 64);
    const end = performance.now() + deadline;
    while (performance.now() < end) {
      socket.send(new Uint8Array(1), socket.local());
      await new Promise((resolve) => setTimeout(resolve, rest));
      const before = wallClock();
      if (batch.receive(socket.fd) === 0) continue;
      const { seconds, nanoseconds } = readAncillaryData(batch, 0);
      const stamp = BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds);
      if (before - stamp > BigInt(rest / 2) * 1_000_000n) return true;
    }
    return false;
  } finally {
    closeFile(namespace);
  }
}

/** A new namespace's loopback is down. */
function raiseLoopback(fd: number): void {
  const request = pinnedMemory(40);
  request.set(new TextEncoder().encode("lo"));
  viewOf(request).setUint16(16, upFlag, true);
  controlDevice(fd, setFlags, request, "lo");
}
