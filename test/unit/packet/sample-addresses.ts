import type { IpPart, LinkPart } from "../../../src/packet/frame.ts";
import { ipAddress } from "../../../src/units/ip.ts";
import { mac } from "../../../src/units/mac.ts";

export const link: LinkPart = {
  source: mac("02:00:00:00:00:01"),
  destination: mac("02:00:00:00:00:02"),
};
export const ip4: IpPart = { source: ipAddress("10.0.0.1"), destination: ipAddress("10.0.0.2") };
export const ip6: IpPart = {
  source: ipAddress("2001:db8::1"),
  destination: ipAddress("2001:db8::2"),
};
export const ports: { sourcePort: number; destinationPort: number } = {
  sourcePort: 1234,
  destinationPort: 4321,
};
export const payload: Uint8Array = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9);
