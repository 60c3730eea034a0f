import { closeFile, controlDevice } from "../machine/libc/files.ts";
import { pinnedMemory, viewOf } from "../machine/libc/memory.ts";
import {
  addressFamily,
  bindSocket,
  getOption,
  openSocket,
  setIntegerOption,
  setOption,
  socketType,
} from "../machine/libc/sockets.ts";
import { inNamespace } from "../machine/netns/enter.ts";

const etherTypeAll = 0x0003;
const interfaceIndexRequest = 0x8933;
const solSocket = 1;
const socketOption = { timestampNanoseconds: 35, receiveBufferForce: 33 } as const;
const solPacket = 263;
const packetOption = { addMembership: 1, statistics: 6, auxiliaryData: 8 } as const;
const promiscuous = 1;

export type PacketCounts = { readonly received: number; readonly dropped: number };

/** The number of an interface in the namespace of socket `fd`. @throws SystemError ENODEV */
function interfaceIndex(fd: number, name: string): number {
  const request = pinnedMemory(40);
  request.set(new TextEncoder().encode(name).subarray(0, 15));
  controlDevice(fd, interfaceIndexRequest, request, name);
  return viewOf(request).getInt32(16, true);
}

/** struct sockaddr_ll for `protocol` (host byte order) on one interface. */
export function packetAddress(index: number, protocol: number): Uint8Array {
  const address = pinnedMemory(20);
  const view = viewOf(address);
  view.setUint16(0, addressFamily.packet, true);
  view.setUint16(2, protocol, false);
  view.setInt32(4, index, true);
  return address;
}

/** A socket that gets a copy of every frame that one interface receives or sends, from the constructor's return on. */
export class PacketSocket implements Disposable {
  readonly fd: number;
  readonly interfaceIndex: number;
  #received = 0;
  #dropped = 0;

  /** `receiveBuffer` in bytes of kernel memory, for frames not fetched yet. @throws SystemError */
  constructor(namespace: string, name: string, receiveBuffer: number) {
    // Protocol 0 receives nothing: frames of other interfaces cannot slip in before the socket is bound.
    this.fd = inNamespace(namespace, () =>
      openSocket(addressFamily.packet, socketType.raw | socketType.nonBlocking, 0),
    );
    try {
      this.interfaceIndex = interfaceIndex(this.fd, name);
      const set = (option: number, value: number) =>
        setIntegerOption(this.fd, solSocket, option, value, "packet socket");
      set(socketOption.receiveBufferForce, Math.floor(receiveBuffer / 2));
      set(socketOption.timestampNanoseconds, 1);
      setIntegerOption(this.fd, solPacket, packetOption.auxiliaryData, 1, "PACKET_AUXDATA");
      this.#seeFramesForOthers();
      bindSocket(this.fd, packetAddress(this.interfaceIndex, etherTypeAll), name);
    } catch (error) {
      closeFile(this.fd);
      throw error;
    }
  }

  /** A NIC would otherwise throw away frames for other stations before anybody could record them. */
  #seeFramesForOthers(): void {
    const request = pinnedMemory(16);
    const view = viewOf(request);
    view.setInt32(0, this.interfaceIndex, true);
    view.setUint16(4, promiscuous, true);
    setOption(this.fd, solPacket, packetOption.addMembership, request, "PACKET_MR_PROMISC");
  }

  /** Frames the kernel gave to this socket, and those it had no room for, since the beginning. */
  counts(): PacketCounts {
    const bytes = getOption(this.fd, solPacket, packetOption.statistics, 8, "PACKET_STATISTICS");
    const view = viewOf(bytes);
    // Reading sets the kernel's counters to zero; the first contains the second.
    this.#received += view.getUint32(0, true);
    this.#dropped += view.getUint32(4, true);
    return { received: this.#received, dropped: this.#dropped };
  }

  [Symbol.dispose](): void {
    closeFile(this.fd);
  }
}
