import type { AttributeType, Shape } from "./attribute-table.ts";

/** `tc_netem_qopt` and TCA_NETEM_*. Probabilities are parts of 2^32 - 1. */
export type NetemData = {
  readonly latency?: number;
  readonly limit?: number;
  readonly loss?: number;
  readonly gap?: number;
  readonly duplicate?: number;
  readonly jitter?: number;
  readonly reorder?: { readonly probability: number; readonly correlation: number };
  readonly corrupt?: { readonly probability: number; readonly correlation: number };
  readonly rate?: { readonly rate: number };
  readonly rate64?: number;
  /** Nanoseconds; the header's microseconds are clock ticks for older kernels. */
  readonly latency64?: number;
  readonly jitter64?: number;
};

const netemShape: Shape<NetemData> = {
  header: [
    ["latency", "u32"],
    ["limit", "u32"],
    ["loss", "u32"],
    ["gap", "u32"],
    ["duplicate", "u32"],
    ["jitter", "u32"],
  ],
  attributes: {
    reorder: [
      3,
      {
        struct: [
          ["probability", "u32"],
          ["correlation", "u32"],
        ],
      },
    ],
    corrupt: [
      4,
      {
        struct: [
          ["probability", "u32"],
          ["correlation", "u32"],
        ],
      },
    ],
    rate: [
      6,
      {
        struct: [
          ["rate", "u32"],
          [null, "u32"],
          [null, "u32"],
          [null, "u32"],
        ],
      },
    ],
    rate64: [8, "u64"],
    latency64: [10, "u64"],
    jitter64: [11, "u64"],
  },
};

/** Fields that every action's parameters begin with (`tc_gen`). */
type ActionParameters = {
  readonly index?: number;
  readonly capabilities?: number;
  readonly verdict?: number;
  readonly references?: number;
  readonly bindings?: number;
};
type MirredParameters = ActionParameters & {
  readonly direction?: number;
  readonly toIndex?: number;
};
export type ActionMessage = {
  readonly kind?: string;
  readonly mirred?: { readonly parameters?: MirredParameters };
  readonly gact?: { readonly parameters?: ActionParameters };
  readonly vlan?: {
    readonly parameters?: ActionParameters & { readonly operation?: number };
    readonly pushId?: number;
    readonly pushProtocol?: number;
  };
  readonly statistics?: {
    readonly basic?: { readonly bytes: number; readonly packets: number };
  };
};

const generic = [
  ["index", "u32"],
  ["capabilities", "u32"],
  ["verdict", "s32"],
  ["references", "s32"],
  ["bindings", "s32"],
] as const;
const whenKind = (is: string): { readonly key: "kind"; readonly is: string } => ({
  key: "kind",
  is,
});

const actionShape: Shape<ActionMessage> = {
  attributes: {
    kind: [1, "string"],
    mirred: [
      2,
      {
        shape: {
          attributes: {
            parameters: [2, { struct: [...generic, ["direction", "s32"], ["toIndex", "u32"]] }],
          },
        },
        when: whenKind("mirred"),
      },
    ],
    gact: [
      2,
      {
        shape: { attributes: { parameters: [2, { struct: [...generic] }] } },
        when: whenKind("gact"),
      },
    ],
    vlan: [
      2,
      {
        shape: {
          attributes: {
            parameters: [2, { struct: [...generic, ["operation", "s32"]] }],
            pushId: [3, "u16"],
            pushProtocol: [4, "be16"],
          },
        },
        when: whenKind("vlan"),
      },
    ],
    statistics: [
      4,
      {
        shape: {
          attributes: {
            basic: [
              1,
              {
                struct: [
                  ["bytes", "u64"],
                  ["packets", "u32"],
                ],
              },
            ],
          },
        },
      },
    ],
  },
};
const actionList: AttributeType<readonly ActionMessage[]> = {
  list: { shape: actionShape },
  first: 1,
};

type MatchallData = {
  readonly actions?: readonly ActionMessage[];
  readonly flags?: number;
};
export type FlowerData = {
  readonly actions?: readonly ActionMessage[];
  readonly destinationMac?: string;
  readonly destinationMacMask?: string;
  readonly sourceMac?: string;
  readonly sourceMacMask?: string;
  readonly etherType?: number;
  readonly ipProtocol?: number;
  readonly source?: string;
  readonly sourceMask?: string;
  readonly destination?: string;
  readonly destinationMask?: string;
  readonly source6?: string;
  readonly source6Mask?: string;
  readonly destination6?: string;
  readonly destination6Mask?: string;
  readonly tcpSourcePort?: number;
  readonly tcpDestinationPort?: number;
  readonly udpSourcePort?: number;
  readonly udpDestinationPort?: number;
  readonly flags?: number;
  readonly vlanId?: number;
  readonly vlanPriority?: number;
  readonly vlanEtherType?: number;
};

const matchallShape: Shape<MatchallData> = {
  attributes: { actions: [2, actionList], flags: [3, "u32"] },
};
const flowerShape: Shape<FlowerData> = {
  attributes: {
    actions: [3, actionList],
    destinationMac: [4, "mac"],
    destinationMacMask: [5, "mac"],
    sourceMac: [6, "mac"],
    sourceMacMask: [7, "mac"],
    etherType: [8, "be16"],
    ipProtocol: [9, "u8"],
    source: [10, "ip"],
    sourceMask: [11, "ip"],
    destination: [12, "ip"],
    destinationMask: [13, "ip"],
    source6: [14, "ip"],
    source6Mask: [15, "ip"],
    destination6: [16, "ip"],
    destination6Mask: [17, "ip"],
    tcpSourcePort: [18, "be16"],
    tcpDestinationPort: [19, "be16"],
    udpSourcePort: [20, "be16"],
    udpDestinationPort: [21, "be16"],
    flags: [22, "u32"],
    vlanId: [23, "u16"],
    vlanPriority: [24, "u8"],
    vlanEtherType: [25, "be16"],
  },
};

/** `struct tcmsg` and TCA_*: queueing disciplines and filters. */
export type TrafficMessage = {
  readonly family?: number;
  readonly index?: number;
  readonly handle?: number;
  readonly parent?: number;
  readonly info?: number;
  readonly kind?: string;
  readonly netem?: NetemData;
  readonly matchall?: MatchallData;
  readonly flower?: FlowerData;
  readonly chain?: number;
  readonly statistics?: {
    readonly basic?: { readonly bytes: number; readonly packets: number };
    readonly queue?: {
      readonly length: number;
      readonly backlog: number;
      readonly drops: number;
      readonly requeues: number;
      readonly overlimits: number;
    };
  };
};

export const trafficShape: Shape<TrafficMessage> = {
  header: [
    ["family", "u8"],
    [null, "u8"],
    [null, "u16"],
    ["index", "s32"],
    ["handle", "u32"],
    ["parent", "u32"],
    ["info", "u32"],
  ],
  attributes: {
    kind: [1, "string"],
    netem: [2, { shape: netemShape, when: whenKind("netem") }],
    matchall: [2, { shape: matchallShape, when: whenKind("matchall") }],
    flower: [2, { shape: flowerShape, when: whenKind("flower") }],
    chain: [11, "u32"],
    statistics: [
      7,
      {
        shape: {
          attributes: {
            basic: [
              1,
              {
                struct: [
                  ["bytes", "u64"],
                  ["packets", "u32"],
                ],
              },
            ],
            queue: [
              3,
              {
                struct: [
                  ["length", "u32"],
                  ["backlog", "u32"],
                  ["drops", "u32"],
                  ["requeues", "u32"],
                  ["overlimits", "u32"],
                ],
              },
            ],
          },
        },
      },
    ],
  },
};
