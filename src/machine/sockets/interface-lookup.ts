import { closeFile, controlDevice } from "../libc/files.ts";
import { pinnedMemory, viewOf } from "../libc/memory.ts";
import { addressFamily, openSocket, socketType } from "../libc/sockets.ts";
import { inNamespace } from "../netns/enter.ts";
import type { Namespace } from "../netns/handles.ts";

const request = { flags: 0x8913, index: 0x8933, hardwareAddress: 0x8927 } as const;
const runningFlag = 0x40;
const requestSize = 40;
const dataOffset = 16;

/** struct ifreq as the kernel fills it in for an interface of a namespace. */
function ask(namespace: Namespace, name: string, code: number): Uint8Array {
  const bytes = pinnedMemory(requestSize);
  bytes.set(new TextEncoder().encode(name).subarray(0, dataOffset - 1));
  const fd = inNamespace(namespace, () => openSocket(addressFamily.inet, socketType.datagram, 0));
  try {
    controlDevice(fd, code, bytes, name);
  } finally {
    closeFile(fd);
  }
  return bytes;
}

/** The number of the interface in its namespace. @throws SystemError ENODEV */
export function interfaceIndex(namespace: Namespace, name: string): number {
  return viewOf(ask(namespace, name, request.index)).getInt32(dataOffset, true);
}

/** The six octets of an Ethernet interface's own address. @throws SystemError ENODEV */
export function interfaceMac(namespace: Namespace, name: string): Uint8Array {
  const start = dataOffset + 2;
  return ask(namespace, name, request.hardwareAddress).slice(start, start + 6);
}

/** Whether the interface is up and its cable has another end that is (IFF_RUNNING). @throws SystemError ENODEV */
export function interfaceIsRunning(namespace: Namespace, name: string): boolean {
  const flags = viewOf(ask(namespace, name, request.flags)).getUint16(dataOffset, true);
  return (flags & runningFlag) !== 0;
}
