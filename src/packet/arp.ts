import type { IpAddress } from "../units/ip.ts";
import { type Mac, macFromBytes, macToBytes } from "../units/mac.ts";
import { uint16, writeUint16 } from "./byte-order.ts";
import { EtherType } from "./ether-type.ts";
import { ipFromBytes, ipToBytes } from "./ip-bytes.ts";

export const ArpOperation = { request: 1, reply: 2 } as const;

/** ARP for IPv4 over Ethernet, RFC 826. */
export type ArpPacket = {
  readonly operation: number;
  readonly senderMac: Mac;
  readonly senderAddress: IpAddress;
  readonly targetMac: Mac;
  readonly targetAddress: IpAddress;
};

const arpLength = 28;

export function encodeArp(packet: ArpPacket): Uint8Array {
  const bytes = new Uint8Array(arpLength);
  writeUint16(bytes, 0, 1);
  writeUint16(bytes, 2, EtherType.ipv4);
  bytes[4] = 6;
  bytes[5] = 4;
  writeUint16(bytes, 6, packet.operation);
  bytes.set(macToBytes(packet.senderMac), 8);
  bytes.set(ipToBytes(packet.senderAddress), 14);
  bytes.set(macToBytes(packet.targetMac), 18);
  bytes.set(ipToBytes(packet.targetAddress), 24);
  return bytes;
}

/** Undefined below 28 bytes or for other hardware and protocols. */
export function decodeArp(bytes: Uint8Array, offset = 0): ArpPacket | undefined {
  if (bytes.length - offset < arpLength) return undefined;
  const isEthernet = uint16(bytes, offset) === 1 && bytes[offset + 4] === 6;
  const isIpv4 = uint16(bytes, offset + 2) === EtherType.ipv4 && bytes[offset + 5] === 4;
  if (!isEthernet || !isIpv4) return undefined;
  return {
    operation: uint16(bytes, offset + 6),
    senderMac: macFromBytes(bytes, offset + 8),
    senderAddress: ipFromBytes(bytes, offset + 14, 4),
    targetMac: macFromBytes(bytes, offset + 18),
    targetAddress: ipFromBytes(bytes, offset + 24, 4),
  };
}
