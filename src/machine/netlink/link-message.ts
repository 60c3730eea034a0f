import type { Shape, Struct } from "./attribute-table.ts";
import { type BridgePortData, bridgePortShape } from "./bridge-port.ts";
import {
  type BondData,
  type BondMemberData,
  type BridgeData,
  bondMemberShape,
  bondShape,
  bridgeShape,
  type GreData,
  greShape,
  type VlanData,
  type VrfData,
  type VxlanData,
  vlanShape,
  vrfShape,
  vxlanShape,
} from "./link-kinds.ts";

/** `struct ifinfomsg`. */
export type LinkHeader = {
  readonly family?: number;
  readonly hardwareType?: number;
  readonly index?: number;
  readonly flags?: number;
  readonly change?: number;
};

export const linkHeader: Struct<LinkHeader> = [
  ["family", "u8"],
  [null, "u8"],
  ["hardwareType", "u16"],
  ["index", "s32"],
  ["flags", "u32"],
  ["change", "u32"],
];

/** The other end of a veth pair. */
type VethPeer = LinkHeader & {
  readonly address?: string;
  readonly name?: string;
  readonly mtu?: number;
  readonly txQueueLength?: number;
  readonly namespaceFd?: number;
};
type VethData = { readonly peer?: VethPeer };

const vethShape: Shape<VethData> = {
  attributes: {
    peer: [
      1,
      {
        shape: {
          header: linkHeader,
          attributes: {
            address: [1, "mac"],
            name: [3, "string"],
            mtu: [4, "u32"],
            txQueueLength: [13, "u32"],
            namespaceFd: [28, "u32"],
          },
        },
      },
    ],
  },
};

/** IFLA_LINKINFO: the kind of a link, its own settings, and those it has as a port or member of another. */
export type LinkInfo = {
  readonly kind?: string;
  readonly veth?: VethData;
  readonly bridge?: BridgeData;
  readonly bond?: BondData;
  readonly vlan?: VlanData;
  readonly vxlan?: VxlanData;
  readonly vrf?: VrfData;
  readonly gre?: GreData;
  readonly gretap?: GreData;
  readonly erspan?: GreData;
  readonly memberKind?: string;
  readonly bridgePort?: BridgePortData;
  readonly bondMember?: BondMemberData;
};

const kindIs = (is: string): { readonly key: "kind"; readonly is: string } => ({ key: "kind", is });
const memberIs = (is: string): { readonly key: "memberKind"; readonly is: string } => ({
  key: "memberKind",
  is,
});

const linkInfoShape: Shape<LinkInfo> = {
  attributes: {
    kind: [1, "string"],
    veth: [2, { shape: vethShape, when: kindIs("veth") }],
    bridge: [2, { shape: bridgeShape, when: kindIs("bridge") }],
    bond: [2, { shape: bondShape, when: kindIs("bond") }],
    vlan: [2, { shape: vlanShape, when: kindIs("vlan") }],
    vxlan: [2, { shape: vxlanShape, when: kindIs("vxlan") }],
    vrf: [2, { shape: vrfShape, when: kindIs("vrf") }],
    gre: [2, { shape: greShape, when: kindIs("gre") }],
    gretap: [2, { shape: greShape, when: kindIs("gretap") }],
    erspan: [2, { shape: greShape, when: kindIs("erspan") }],
    memberKind: [4, "string"],
    bridgePort: [5, { shape: bridgePortShape, when: memberIs("bridge") }],
    bondMember: [5, { shape: bondMemberShape, when: memberIs("bond") }],
  },
};

/** Counters since the link was made (IFLA_STATS64). */
export type LinkCounters = {
  readonly receivedPackets: number;
  readonly sentPackets: number;
  readonly receivedBytes: number;
  readonly sentBytes: number;
  readonly receiveErrors: number;
  readonly sendErrors: number;
  readonly receiveDropped: number;
  readonly sendDropped: number;
};

export type OperationalState =
  | "unknown"
  | "notpresent"
  | "down"
  | "lowerlayerdown"
  | "testing"
  | "dormant"
  | "up";

/** A link as RTM_NEWLINK carries it. Other links are named by interface index. */
export type LinkMessage = LinkHeader & {
  readonly address?: string;
  readonly name?: string;
  readonly mtu?: number;
  /** The link this one is made on, or a veth's peer when it is in the same namespace. */
  readonly link?: number;
  readonly master?: number;
  readonly txQueueLength?: number;
  readonly operationalState?: OperationalState;
  readonly info?: LinkInfo;
  readonly alias?: string;
  readonly counters?: LinkCounters;
  readonly namespaceFd?: number;
  readonly extensionMask?: number;
  readonly promiscuity?: number;
  readonly carrier?: boolean;
  readonly linkNamespaceId?: number;
  readonly altNames?: readonly string[];
  /** The interface index to take in the namespace that the link is moved to (kernel 5.12). */
  readonly newIndex?: number;
  /** The address a real NIC came with, whatever it has now. */
  readonly permanentAddress?: string;
};

export const linkShape: Shape<LinkMessage> = {
  header: linkHeader,
  attributes: {
    address: [1, "mac"],
    name: [3, "string"],
    mtu: [4, "u32"],
    link: [5, "u32"],
    master: [10, "u32"],
    txQueueLength: [13, "u32"],
    operationalState: [
      16,
      {
        choice: ["unknown", "notpresent", "down", "lowerlayerdown", "testing", "dormant", "up"],
        as: "u8",
      },
    ],
    info: [18, { shape: linkInfoShape }],
    alias: [20, "string"],
    counters: [
      23,
      {
        struct: [
          ["receivedPackets", "u64"],
          ["sentPackets", "u64"],
          ["receivedBytes", "u64"],
          ["sentBytes", "u64"],
          ["receiveErrors", "u64"],
          ["sendErrors", "u64"],
          ["receiveDropped", "u64"],
          ["sendDropped", "u64"],
        ],
      },
    ],
    namespaceFd: [28, "u32"],
    extensionMask: [29, "u32"],
    promiscuity: [30, "u32"],
    carrier: [33, "bool"],
    linkNamespaceId: [37, "s32"],
    newIndex: [49, "s32"],
    altNames: [52, { list: "string", item: 53 }],
    permanentAddress: [54, "mac"],
  },
};
