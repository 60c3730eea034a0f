import type { Shape } from "./attribute-table.ts";

/** `struct ndmsg` and NDA_*: neighbours of an interface, and forwarding entries of a bridge or VXLAN. */
export type NeighbourMessage = {
  readonly family?: number;
  readonly index?: number;
  readonly state?: number;
  readonly flags?: number;
  readonly kind?: number;
  readonly destination?: string;
  readonly linkAddress?: string;
  readonly vlan?: number;
  readonly port?: number;
  readonly vni?: number;
  readonly viaIndex?: number;
  readonly master?: number;
};

export const neighbourShape: Shape<NeighbourMessage> = {
  header: [
    ["family", "u8"],
    [null, "u8"],
    [null, "u16"],
    ["index", "s32"],
    ["state", "u16"],
    ["flags", "u8"],
    ["kind", "u8"],
  ],
  attributes: {
    destination: [1, "ip"],
    linkAddress: [2, "mac"],
    vlan: [5, "u16"],
    port: [6, "be16"],
    vni: [7, "u32"],
    viaIndex: [8, "u32"],
    master: [9, "u32"],
  },
};

/** RTM_*NEIGH. */
export const neighbourType = { create: 28, remove: 29, get: 30 } as const;

/** NUD_*: what the kernel thinks of an entry. */
export const neighbourState = {
  incomplete: 0x01,
  reachable: 0x02,
  stale: 0x04,
  delay: 0x08,
  probe: 0x10,
  failed: 0x20,
  noArp: 0x40,
  permanent: 0x80,
} as const;

/** NTF_*: whose entry it is. */
export const neighbourFlag = {
  self: 0x02,
  master: 0x04,
  externallyLearned: 0x10,
  sticky: 0x40,
} as const;
