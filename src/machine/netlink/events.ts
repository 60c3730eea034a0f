import { closeFile } from "../libc/files.ts";
import { pinnedMemory } from "../libc/memory.ts";
import {
  addressFamily,
  bindSocket,
  configured,
  messageFlags,
  openSocket,
  receive,
  setIntegerOption,
  socketType,
} from "../libc/sockets.ts";
import { isSystemError } from "../libc/system-error.ts";
import { inNamespace } from "../netns/enter.ts";
import type { Namespace } from "../netns/handles.ts";
import { messagesIn } from "./messages.ts";

/** Groups of events, as bits of `sockaddr_nl.nl_groups`. */
export const eventGroup = { link: 0x1, namespaceId: 0x8000000 } as const;

/** Types of events. */
export const eventType = { linkGone: 17, namespaceIdGone: 89 } as const;

const receiveBufferForce = 33;
const inbox = pinnedMemory(64 * 1024);

/** What the kernel tells of a namespace without being asked, in the order in which it happens. */
export class NetlinkEvents implements Disposable {
  readonly #fd: number;

  /** Listens from now on to `groups`, bits of `eventGroup`. @throws SystemError */
  constructor(namespace: Namespace, groups: number) {
    const address = pinnedMemory(12);
    const view = new DataView(address.buffer, address.byteOffset, address.byteLength);
    view.setUint16(0, addressFamily.netlink, true);
    view.setUint32(8, groups, true);
    const unbound = inNamespace(namespace, () =>
      openSocket(addressFamily.netlink, socketType.raw, 0),
    );
    this.#fd = configured(unbound, (fd) => {
      setIntegerOption(fd, 1, receiveBufferForce, 16 * 1024 * 1024, "SO_RCVBUFFORCE");
      bindSocket(fd, address, "netlink");
    });
  }

  /** The types of the events since the last call; undefined when the kernel had to drop some. @throws SystemError */
  take(): readonly number[] | undefined {
    const types: number[] = [];
    try {
      for (;;) {
        const length = receive(this.#fd, inbox, messageFlags.dontWait);
        if (length === undefined) return types;
        for (const { type } of messagesIn(inbox.subarray(0, length))) types.push(type);
      }
    } catch (error) {
      if (isSystemError(error, "ENOBUFS")) return undefined;
      throw error;
    }
  }

  [Symbol.dispose](): void {
    closeFile(this.#fd);
  }
}
