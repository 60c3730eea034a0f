import { ipFromBytes, ipToBytes } from "./ip-address.ts";
import { pinnedMemory, viewOf } from "./memory.ts";
import { addressFamily } from "./sockets.ts";

/** An IP address and a port; `scope` is the interface index that an IPv6 link-local address needs. */
export type Endpoint = {
  readonly address: string;
  readonly port: number;
  readonly scope?: number;
};

/** The address family an IP address belongs to. */
export function familyOf(address: string): number {
  return address.includes(":") ? addressFamily.inet6 : addressFamily.inet;
}

/** `sockaddr_in` or `sockaddr_in6`. @throws RangeError for an address that is none */
export function endpointToBytes({ address, port, scope }: Endpoint): Uint8Array {
  const inet6 = familyOf(address) === addressFamily.inet6;
  const bytes = pinnedMemory(inet6 ? 28 : 16);
  const view = viewOf(bytes);
  view.setUint16(0, familyOf(address), true);
  view.setUint16(2, port, false);
  bytes.set(ipToBytes(address), inet6 ? 8 : 4);
  if (inet6) {
    view.setUint32(24, scope ?? 0, true);
  }
  return bytes;
}

/** Reads `sockaddr_in` or `sockaddr_in6`. @throws RangeError for another family */
export function endpointFromBytes(bytes: Uint8Array): Endpoint {
  const view = viewOf(bytes);
  const family = view.getUint16(0, true);
  const port = view.getUint16(2, false);
  if (family === addressFamily.inet) {
    return { address: ipFromBytes(bytes.subarray(4, 8)), port };
  }
  if (family === addressFamily.inet6) {
    const scope = view.getUint32(24, true);
    const address = ipFromBytes(bytes.subarray(8, 24));
    return scope === 0 ? { address, port } : { address, port, scope };
  }
  throw new RangeError(`address family ${family} has no IP address`);
}

/** `sockaddr_ll` for binding to an interface; index 0 stands for all of them, protocol 0 for receiving nothing. */
export function linkLayerToBytes(index: number, protocol: number): Uint8Array {
  const bytes = pinnedMemory(20);
  const view = viewOf(bytes);
  view.setUint16(0, addressFamily.packet, true);
  view.setUint16(2, protocol, false);
  view.setInt32(4, index, true);
  return bytes;
}
