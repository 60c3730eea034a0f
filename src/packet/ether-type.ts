/** IEEE 802 EtherTypes that the lab meets. */
export const EtherType = {
  ipv4: 0x0800,
  arp: 0x0806,
  transparentEthernet: 0x6558,
  vlan: 0x8100,
  ipv6: 0x86dd,
  /** IEEE Std 802 local experimental 1: the lab's sentinels. */
  sentinel: 0x88b5,
  /** IEEE Std 802 local experimental 2. */
  experimental2: 0x88b6,
  serviceVlan: 0x88a8,
  erspan2: 0x88be,
  erspan3: 0x22eb,
  oldServiceVlan: 0x9100,
} as const;

/** 802.1Q, 802.1ad, and the numbers service providers used before 802.1ad. */
export function isVlanTagType(etherType: number): boolean {
  return (
    etherType === EtherType.vlan ||
    etherType === EtherType.serviceVlan ||
    etherType === EtherType.oldServiceVlan ||
    etherType === 0x9200
  );
}
