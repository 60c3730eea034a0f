import { setOption } from "../libc/sockets.ts";

const solSocket = 1;
const bindToDevice = 25;

/** Ties a socket to one interface, by name, whatever the routes say; does nothing without a name. @throws SystemError ENODEV */
export function bindToInterface(fd: number, device: string | undefined): void {
  if (device !== undefined) {
    const name = new TextEncoder().encode(`${device}\0`);
    setOption(fd, solSocket, bindToDevice, name, `SO_BINDTODEVICE ${device}`);
  }
}
