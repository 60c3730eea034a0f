import { SystemError } from "../machine/libc/system-error.ts";
import { interfaceIndex, interfaceIsRunning } from "../machine/sockets/interface-lookup.ts";
import { PacketSender } from "../machine/sockets/packet-sender.ts";
import { sentinelFrame } from "../packet/frame.ts";
import { decodeSentinelToken } from "../packet/probe-token.ts";
import { mac } from "../units/mac.ts";

const shortestFrame = 60;
const headerLength = 14;
/** To the nearest-bridge group address (IEEE 802.1Q table 8-1), which bridges do not pass on. */
const link = { source: mac("02:00:00:00:88:b5"), destination: mac("01:80:c2:00:00:0e") };

/** ENETDOWN of Linux. */
const networkIsDown = 100;

/**
 * Sends a sentinel out of an interface: once it is read there, everything before it was read too.
 * @throws SystemError ENETDOWN (down, or its cable has no other end: the kernel swallows what is sent), ENODEV (gone)
 */
export function sendSentinel(
  place: { readonly namespace: string; readonly interface: string },
  sentinel: number,
  interfaceId: number,
): void {
  const index = interfaceIndex(place.namespace, place.interface);
  if (!interfaceIsRunning(place.namespace, place.interface)) {
    throw new SystemError("sentinel", networkIsDown, place.interface);
  }
  const frame = new Uint8Array(shortestFrame);
  frame.set(sentinelFrame(link, { sentinel, interfaceId }));
  const sender = new PacketSender(place.namespace, index);
  try {
    sender.send([frame]);
  } finally {
    // Nobody waits for it: the frame has left already.
    void sender[Symbol.asyncDispose]();
  }
}

/** Whether a frame is that sentinel. */
export function isSentinel(
  memory: Uint8Array,
  offset: number,
  length: number,
  sentinel: number,
  interfaceId: number,
): boolean {
  if (length < shortestFrame || memory[offset + headerLength - 1] !== 0xb5) return false;
  const token = decodeSentinelToken(memory, offset + headerLength);
  return token?.sentinel === sentinel && token.interfaceId === interfaceId;
}
