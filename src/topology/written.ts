import type { Bond, ExpectedOutcome, Mirror, PhysicalSwitch, Vlan } from "./topology.ts";

/*
 * A topology file as it is written, short forms and all: what schema/topology.schema.json lets through. `resolve/` makes
 * a `Topology` of it.
 */

/** A map of the file. */
export type Named<T> = Readonly<Record<string, T>>;
/** A VLAN by name or id. */
export type VlanRef = string | number;
export type Labels = Named<string | number | boolean>;

export type WrittenTopology = {
  readonly name: string;
  readonly vlans?: Named<number | WrittenVlan>;
  readonly overlays?: Named<number | WrittenOverlay>;
  readonly switches?: Named<WrittenSwitch>;
  readonly hosts?: Named<WrittenHost>;
  readonly workloads?: Named<WrittenWorkload | null>;
  readonly routers?: Named<WrittenRouter>;
  readonly links?: readonly WrittenLink[];
  readonly reachability?: WrittenReachability;
  readonly failoverWithin?: string;
  readonly failoverWithinLacp?: string;
  readonly expect?: Named<ExpectedOutcome | { readonly outcome: ExpectedOutcome }>;
  readonly waivers?: readonly WrittenWaiver[];
};

type WrittenVlan = {
  readonly id: number;
  readonly purpose?: Vlan["purpose"];
  readonly ipv4?: string;
  readonly ipv6?: string;
};

type WrittenOverlay = {
  readonly vni: number;
  readonly ipv4?: string;
  readonly ipv6?: string;
};

export type WrittenPortVlans = {
  readonly access?: VlanRef;
  readonly trunk?: string | readonly VlanRef[];
  readonly native?: VlanRef;
};

export type WrittenAddresses = string | readonly string[];

export type WrittenSwitch = {
  readonly machine?: string;
  readonly stp?: boolean;
  readonly priority?: PhysicalSwitch["priority"];
  readonly ports?: Named<WrittenPortVlans | VlanRef | null>;
  readonly lags?: Named<WrittenLag>;
  readonly interfaces?: Named<WrittenAddresses>;
};

export type WrittenLag = WrittenPortVlans & {
  readonly members: readonly string[];
  readonly lacpRate?: "slow" | "fast";
};

export type WrittenNic = {
  readonly driver?: string;
  readonly bus?: string;
  readonly mac?: string;
  readonly mtu?: number;
};

export type WrittenNics = readonly string[] | Named<WrittenNic | null>;

export type WrittenBond = {
  readonly members: readonly string[];
  readonly mode?: Bond["mode"];
  readonly mii?: string;
  readonly arp?: WrittenArp;
  readonly primary?: string;
  readonly lacpRate?: "slow" | "fast";
  readonly mac?: string;
};

export type WrittenArp = {
  readonly interval: string;
  readonly targets?: readonly string[];
  readonly validate?: "none" | "active" | "backup" | "all";
};

export type WrittenBonds = Named<readonly string[] | WrittenBond>;

export type WrittenHost = {
  readonly machine?: string;
  readonly nics?: WrittenNics;
  readonly bonds?: WrittenBonds;
  readonly management?: VlanRef | WrittenManagement;
  readonly vtep?: VlanRef | WrittenVtep;
  readonly switches?: Named<WrittenVirtualSwitch>;
};

export type WrittenManagement = {
  readonly vlan: VlanRef;
  readonly address?: string;
  readonly target?: string;
  readonly switch?: string;
};

export type WrittenVtep = {
  readonly vlan: VlanRef;
  readonly address?: string;
  readonly port?: number;
  readonly switch?: string;
};

export type WrittenVirtualSwitch = {
  readonly uplink?: string;
  readonly uplinkVlans?: WrittenPortVlans;
  readonly portGroups?: readonly string[] | Named<WrittenPortGroup>;
  readonly mirrors?: Named<WrittenMirror>;
  readonly stp?: boolean;
};

export type WrittenPortGroup =
  | VlanRef
  | {
      readonly vlan?: VlanRef;
      readonly overlay?: string;
      readonly untagged?: true;
      readonly internal?: true;
    };

export type WrittenMirror = {
  readonly sources: string | readonly string[];
  readonly destination: string;
  readonly directions?: Mirror["directions"];
};

export type WrittenVnic = {
  readonly switch?: string;
  readonly portGroup?: string;
  readonly addresses?: WrittenAddresses;
  readonly mac?: string;
  readonly mtu?: number;
  readonly kernelFirewall?: WrittenFirewall;
};

export type WrittenWorkload = WrittenVnic & {
  readonly machine?: string;
  readonly host?: string;
  readonly vnics?: Named<WrittenVnic | null>;
  readonly labels?: Labels;
  readonly sensitivity?: string;
  readonly tier?: string;
  readonly services?: readonly string[];
  readonly gateway?: string | readonly string[];
  readonly routes?: readonly WrittenRoute[];
  readonly forwards?: boolean;
  readonly firewall?: WrittenFirewall;
  readonly delaySensitive?: boolean;
  readonly ioIntensive?: boolean;
};

export type WrittenRouter = {
  readonly machine?: string;
  readonly nics?: WrittenNics;
  readonly bonds?: WrittenBonds;
  readonly interfaces?: readonly (VlanRef | WrittenRouterInterface)[];
  readonly routes?: readonly WrittenRoute[];
  readonly firewall?: WrittenFirewall;
};

export type WrittenRouterInterface = {
  readonly parent?: string;
  readonly vlan?: VlanRef;
  readonly addresses?: WrittenAddresses;
};

export type WrittenRoute = { readonly to: string; readonly via: string };

export type WrittenFirewall = {
  readonly stateful?: boolean;
  readonly policy?: "accept" | "drop";
  readonly rules?: readonly WrittenRule[];
};

export type WrittenRule = {
  readonly accept?: string;
  readonly drop?: string;
  readonly reject?: string;
  readonly from?: string | Labels;
  readonly to?: string | Labels;
  readonly direction?: "in" | "out" | "forward";
};

export type WrittenLink =
  | readonly string[]
  | {
      readonly between: readonly string[];
      readonly mtu?: number;
      readonly impair?: WrittenImpairment;
    };

export type WrittenImpairment = {
  readonly delay?: string;
  readonly jitter?: string;
  readonly loss?: string | number;
  readonly rate?: string;
};

type WrittenReachability = {
  readonly allowed?: readonly WrittenReachabilityRule[];
  readonly forbidden?: readonly WrittenReachabilityRule[];
  readonly default?: "unjudged" | "forbidden";
};

export type WrittenSelector = string | readonly string[] | Labels;

export type WrittenReachabilityRule = {
  readonly from: WrittenSelector;
  readonly to: WrittenSelector;
  readonly service?: string;
};

type WrittenWaiver = {
  readonly recommendation: string;
  readonly subject?: string;
  readonly reason: string;
  readonly expires: string;
};
