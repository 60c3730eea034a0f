import { closeFile } from "../machine/libc/files.ts";
import { addressFamily, openSocket, sendTo, socketType } from "../machine/libc/sockets.ts";
import { inNamespace } from "../machine/netns/enter.ts";
import { packetAddress } from "./packet-socket.ts";

/** IEEE 802 local experimental EtherType 1. */
const sentinelEtherType = 0x88b5;
const frameLength = 60;
/** The nearest-bridge group address (IEEE 802.1Q table 8-1): bridges do not pass it on. */
const destination = [0x01, 0x80, 0xc2, 0x00, 0x00, 0x0e];
const source = [0x02, 0x00, 0x00, 0x00, 0x88, 0xb5];

export function sentinelToken(position: number): Uint8Array {
  const token = new Uint8Array(16);
  new DataView(token.buffer).setUint32(12, position);
  return token;
}

/** A frame nobody else sends: once it is read on the interface it left by, everything before it was read too. */
export class Sentinel {
  readonly #frame: Uint8Array;

  /** `token` is 16 bytes; with `nonce` (8 bytes) the frame is this recording's own. */
  constructor(token: Uint8Array, nonce: Uint8Array) {
    this.#frame = new Uint8Array(frameLength);
    this.#frame.set(destination);
    this.#frame.set(source, 6);
    this.#frame.set([sentinelEtherType >>> 8, sentinelEtherType & 0xff], 12);
    this.#frame.set(token, 14);
    this.#frame.set(nonce, 14 + token.length);
  }

  /** Whether these bytes begin with this frame. */
  is(bytes: Uint8Array, start: number, length: number): boolean {
    if (length < frameLength) return false;
    for (let index = 0; index < frameLength; index++) {
      if (bytes[start + index] !== this.#frame[index]) return false;
    }
    return true;
  }

  /** Sends it out of an interface. @throws SystemError ENETDOWN, ENXIO (the interface is gone) and the like */
  send(namespace: string, interfaceIndex: number): void {
    const fd = inNamespace(namespace, () => openSocket(addressFamily.packet, socketType.raw, 0));
    try {
      sendTo(fd, this.#frame, 0, packetAddress(interfaceIndex, sentinelEtherType));
    } finally {
      closeFile(fd);
    }
  }
}
