import type { Shape } from "./attribute-table.ts";

type PortState = "disabled" | "listening" | "learning" | "forwarding" | "blocking";

/** Settings of a bridge port (IFLA_BRPORT_*). */
export type BridgePortData = {
  readonly state?: PortState;
  readonly priority?: number;
  readonly cost?: number;
  readonly hairpin?: boolean;
  /** BPDUs are not taken from this port. */
  readonly guard?: boolean;
  /** The port may not become the root port. */
  readonly rootBlock?: boolean;
  readonly fastLeave?: boolean;
  readonly learning?: boolean;
  readonly flood?: boolean;
  readonly multicastFlood?: boolean;
  readonly broadcastFlood?: boolean;
  /** Bits of 01:80:c2:00:00:0X that are forwarded; bit 2 is LACP. */
  readonly groupFwdMask?: number;
  readonly neighSuppress?: boolean;
  readonly isolated?: boolean;
  readonly locked?: boolean;
};

export const bridgePortShape: Shape<BridgePortData> = {
  attributes: {
    state: [
      1,
      { choice: ["disabled", "listening", "learning", "forwarding", "blocking"], as: "u8" },
    ],
    priority: [2, "u16"],
    cost: [3, "u32"],
    hairpin: [4, "bool"],
    guard: [5, "bool"],
    rootBlock: [6, "bool"],
    fastLeave: [7, "bool"],
    learning: [8, "bool"],
    flood: [9, "bool"],
    multicastFlood: [27, "bool"],
    broadcastFlood: [30, "bool"],
    groupFwdMask: [31, "u16"],
    neighSuppress: [32, "bool"],
    isolated: [33, "bool"],
    locked: [39, "bool"],
  },
};
