import type { Shape } from "./attribute-table.ts";

/** A Linux bridge (IFLA_BR_*). Times are in hundredths of a second, as the kernel keeps them. */
export type BridgeData = {
  readonly forwardDelay?: number;
  readonly helloTime?: number;
  readonly maxAge?: number;
  readonly ageingTime?: number;
  /** 0 off, 1 in the kernel, 2 in a user-space daemon. */
  readonly stpState?: number;
  readonly priority?: number;
  readonly vlanFiltering?: boolean;
  readonly vlanProtocol?: number;
  readonly groupFwdMask?: number;
  readonly mcastSnooping?: boolean;
  readonly nfCallIptables?: boolean;
  readonly nfCallIp6tables?: boolean;
  readonly nfCallArptables?: boolean;
  /** The VLAN that untagged frames get on new ports; 0 for none. */
  readonly vlanDefaultPvid?: number;
};

export const bridgeShape: Shape<BridgeData> = {
  attributes: {
    forwardDelay: [1, "u32"],
    helloTime: [2, "u32"],
    maxAge: [3, "u32"],
    ageingTime: [4, "u32"],
    stpState: [5, "u32"],
    priority: [6, "u16"],
    // The protocol must be set before filtering is switched on: the kernel takes them in its own order, not in ours.
    vlanFiltering: [7, "bool"],
    vlanProtocol: [8, "be16"],
    groupFwdMask: [9, "u16"],
    mcastSnooping: [23, "bool"],
    nfCallIptables: [36, "bool"],
    nfCallIp6tables: [37, "bool"],
    nfCallArptables: [38, "bool"],
    vlanDefaultPvid: [39, "u16"],
  },
};

export type BondMode =
  | "balance-rr"
  | "active-backup"
  | "balance-xor"
  | "broadcast"
  | "802.3ad"
  | "balance-tlb"
  | "balance-alb";
export type ArpValidate =
  | "none"
  | "active"
  | "backup"
  | "all"
  | "filter"
  | "filter_active"
  | "filter_backup";

/** State of 802.3ad as the kernel reports it. */
type AggregatorInfo = {
  readonly aggregator?: number;
  readonly ports?: number;
  readonly actorKey?: number;
  readonly partnerKey?: number;
  readonly partnerMac?: string;
};

/** A bond (IFLA_BOND_*). Intervals and delays in milliseconds; members are named by interface index. */
export type BondData = {
  readonly mode?: BondMode;
  /** Interface index of the active member, 0 for none. */
  readonly activeMember?: number;
  readonly miimon?: number;
  readonly upDelay?: number;
  readonly downDelay?: number;
  readonly arpInterval?: number;
  readonly arpTargets?: readonly string[];
  readonly arpValidate?: ArpValidate;
  readonly arpAllTargets?: "any" | "all";
  readonly primary?: number;
  readonly primaryReselect?: "always" | "better" | "failure";
  readonly failOverMac?: "none" | "active" | "follow";
  readonly transmitHash?:
    | "layer2"
    | "layer3+4"
    | "layer2+3"
    | "encap2+3"
    | "encap3+4"
    | "vlan+srcmac";
  readonly resendIgmp?: number;
  readonly peerNotifications?: number;
  readonly minLinks?: number;
  readonly lacpRate?: "slow" | "fast";
  readonly aggregator?: AggregatorInfo;
  readonly lacpActive?: boolean;
  /** Missed ARP checks after which a member counts as down. */
  readonly missedMax?: number;
};

const aggregatorShape: Shape<AggregatorInfo> = {
  attributes: {
    aggregator: [1, "u16"],
    ports: [2, "u16"],
    actorKey: [3, "u16"],
    partnerKey: [4, "u16"],
    partnerMac: [5, "mac"],
  },
};

export const bondShape: Shape<BondData> = {
  attributes: {
    mode: [
      1,
      {
        choice: [
          "balance-rr",
          "active-backup",
          "balance-xor",
          "broadcast",
          "802.3ad",
          "balance-tlb",
          "balance-alb",
        ],
        as: "u8",
      },
    ],
    activeMember: [2, "u32"],
    miimon: [3, "u32"],
    upDelay: [4, "u32"],
    downDelay: [5, "u32"],
    arpInterval: [7, "u32"],
    arpTargets: [8, { list: "ip", first: 0 }],
    arpValidate: [
      9,
      {
        choice: ["none", "active", "backup", "all", "filter", "filter_active", "filter_backup"],
        as: "u32",
      },
    ],
    arpAllTargets: [10, { choice: ["any", "all"], as: "u32" }],
    primary: [11, "u32"],
    primaryReselect: [12, { choice: ["always", "better", "failure"], as: "u8" }],
    failOverMac: [13, { choice: ["none", "active", "follow"], as: "u8" }],
    transmitHash: [
      14,
      {
        choice: ["layer2", "layer3+4", "layer2+3", "encap2+3", "encap3+4", "vlan+srcmac"],
        as: "u8",
      },
    ],
    resendIgmp: [15, "u32"],
    peerNotifications: [16, "u8"],
    minLinks: [18, "u32"],
    lacpRate: [21, { choice: ["slow", "fast"], as: "u8" }],
    aggregator: [23, { shape: aggregatorShape }],
    lacpActive: [29, "bool"],
    missedMax: [30, "u8"],
  },
};

/** What a bond knows of a member (IFLA_BOND_SLAVE_*). */
export type BondMemberData = {
  readonly state?: "active" | "backup";
  readonly miiStatus?: "up" | "fail" | "down" | "back";
  readonly failureCount?: number;
  readonly permanentAddress?: string;
  readonly aggregatorId?: number;
  readonly actorState?: number;
  readonly partnerState?: number;
};

export const bondMemberShape: Shape<BondMemberData> = {
  attributes: {
    state: [1, { choice: ["active", "backup"], as: "u8" }],
    miiStatus: [2, { choice: ["up", "fail", "down", "back"], as: "u8" }],
    failureCount: [3, "u32"],
    permanentAddress: [4, "mac"],
    aggregatorId: [6, "u16"],
    actorState: [7, "u8"],
    partnerState: [8, "u16"],
  },
};

/** A VLAN interface on top of another; `protocol` is the tag's EtherType, 0x8100 (802.1Q) or 0x88a8 (802.1ad). */
export type VlanData = { readonly id?: number; readonly protocol?: number };

export const vlanShape: Shape<VlanData> = {
  attributes: { id: [1, "u16"], protocol: [5, "be16"] },
};

/** A VXLAN interface (IFLA_VXLAN_*); addresses of one family, `...6` for IPv6. */
export type VxlanData = {
  readonly id?: number;
  readonly remote?: string;
  readonly link?: number;
  readonly local?: string;
  readonly ttl?: number;
  readonly learning?: boolean;
  readonly ageing?: number;
  readonly proxy?: boolean;
  readonly port?: number;
  readonly remote6?: string;
  readonly local6?: string;
  readonly udpChecksum?: boolean;
};

export const vxlanShape: Shape<VxlanData> = {
  attributes: {
    id: [1, "u32"],
    remote: [2, "ip"],
    link: [3, "u32"],
    local: [4, "ip"],
    ttl: [5, "u8"],
    learning: [7, "bool"],
    ageing: [8, "u32"],
    proxy: [11, "bool"],
    port: [15, "be16"],
    remote6: [16, "ip"],
    local6: [17, "ip"],
    udpChecksum: [18, "bool"],
  },
};

export type VrfData = { readonly table?: number };

export const vrfShape: Shape<VrfData> = { attributes: { table: [1, "u32"] } };

/** GRE, GRETAP and ERSPAN (IFLA_GRE_*). */
export type GreData = {
  readonly link?: number;
  readonly inputKey?: number;
  readonly outputKey?: number;
  readonly local?: string;
  readonly remote?: string;
  readonly ttl?: number;
  readonly erspanIndex?: number;
  readonly erspanVersion?: number;
};

export const greShape: Shape<GreData> = {
  attributes: {
    link: [1, "u32"],
    inputKey: [4, "be32"],
    outputKey: [5, "be32"],
    local: [6, "ip"],
    remote: [7, "ip"],
    ttl: [8, "u8"],
    erspanIndex: [21, "u32"],
    erspanVersion: [22, "u8"],
  },
};
