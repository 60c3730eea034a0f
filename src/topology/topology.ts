import type { InterfaceAddress, IpAddress, Prefix } from "../units/ip.ts";
import type { Mac } from "../units/mac.ts";
import type { Milliseconds } from "../units/milliseconds.ts";
import type { VlanId } from "../units/vlan-id.ts";
import type { Vni } from "../units/vni.ts";

/**
 * What is meant to exist: the resolved form of a topology file. Every reference has been checked, every address and MAC
 * is there (given or allocated deterministically), every default is filled in. Arrays keep the order of the file.
 */
export type Topology = {
  /** 1 to 40 characters, `[a-z0-9-]`, begins with a letter. */
  readonly name: string;
  readonly vlans: readonly Vlan[];
  readonly overlays: readonly Overlay[];
  readonly switches: readonly PhysicalSwitch[];
  readonly hosts: readonly Host[];
  readonly workloads: readonly Workload[];
  readonly routers: readonly Router[];
  readonly links: readonly Link[];
  /** The machine of each node that the file places, and of the workloads of such a host; other nodes are on `main`. */
  readonly machines?: Readonly<Record<string, string>>;
  readonly reachability: Reachability;
  /** Longest interruption allowed after a failure (VM-MP-R3); 802.3ad bonds use `failoverWithinLacp`. */
  readonly failoverWithin: Milliseconds;
  readonly failoverWithinLacp: Milliseconds;
  /** Expected outcome of each recommendation the file speaks of, and of `reachability`. */
  readonly expect: Readonly<Record<string, ExpectedOutcome>>;
  readonly waivers: readonly Waiver[];
};

export type ExpectedOutcome = "pass" | "fail" | "inconclusive" | "not-applicable";

/** A VLAN of the fabric: a segment with an 802.1Q id. */
export type Vlan = {
  readonly name: string;
  readonly id: VlanId;
  readonly purpose: "production" | "management" | "mirror";
  readonly ipv4?: Prefix;
  readonly ipv6?: Prefix;
};

/** A VXLAN segment with static forwarding entries between the hosts that have a port group in it. */
export type Overlay = {
  readonly name: string;
  readonly vni: Vni;
  readonly ipv4?: Prefix;
  readonly ipv6?: Prefix;
};

/** VLAN membership of a switch port: frames of `untagged` leave without a tag and untagged frames enter it (PVID). */
export type PortVlans = {
  readonly mode: "access" | "trunk";
  /** Allowed list: carried with a tag. Empty for an access port. Ascending. */
  readonly tagged: readonly VlanId[];
  /** The access VLAN, or the native VLAN of a trunk; absent: untagged frames are refused. */
  readonly untagged?: VlanId;
};

/** A switch of the fabric: its own namespace with one VLAN-aware bridge. */
export type PhysicalSwitch = {
  readonly name: string;
  readonly stp: boolean;
  /** Bridge priority, a multiple of 4096 (IEEE 802.1D); 32768 unless given. */
  readonly priority: number;
  readonly ports: readonly SwitchPort[];
  readonly lags: readonly Lag[];
  /** Addresses of the switch itself in a VLAN: an L3 switch that routes between them. */
  readonly interfaces: readonly SwitchInterface[];
};

export type SwitchPort = {
  readonly name: string;
  readonly vlans: PortVlans;
  /** The link aggregation group this port is a member of; its `vlans` are then those of the group. */
  readonly lag?: string;
};

/** An 802.3ad group of a switch's own ports. */
export type Lag = {
  readonly name: string;
  readonly members: readonly string[];
  readonly lacpRate: "slow" | "fast";
  readonly vlans: PortVlans;
};

export type SwitchInterface = {
  readonly vlan: VlanId;
  readonly addresses: readonly InterfaceAddress[];
};

/** A virtualized host (hypervisor). */
export type Host = {
  readonly name: string;
  readonly nics: readonly Nic[];
  readonly bonds: readonly Bond[];
  readonly management?: Management;
  /** Address of the overlay end point, on the management VLAN interface or on `vlan`. */
  readonly vtep?: Vtep;
  readonly switches: readonly VirtualSwitch[];
};

/** A physical NIC of a host or router, or a vNIC of a workload that is cabled directly. */
export type Nic = {
  readonly name: string;
  readonly mac: Mac;
  /** NIC model, such as `virtio-net` or `rtl8139`; tried only where the machine has PCI devices. */
  readonly driver?: string;
  /** PCI root port the NIC sits on. */
  readonly bus?: string;
  readonly mtu: number;
};

export type Bond = {
  readonly name: string;
  readonly mac: Mac;
  readonly members: readonly string[];
  readonly mode:
    | "active-backup"
    | "802.3ad"
    | "balance-xor"
    | "balance-tlb"
    | "balance-alb"
    | "balance-rr";
  readonly monitor: BondMonitor;
  readonly primary?: string;
  readonly lacpRate: "slow" | "fast";
};

export type BondMonitor =
  | { readonly kind: "mii"; readonly interval: Milliseconds }
  | {
      readonly kind: "arp";
      readonly interval: Milliseconds;
      readonly targets: readonly IpAddress[];
      readonly validate: "none" | "active" | "backup" | "all";
    };

/** The host's own address, in a VLAN that is tagged on its uplink (needed by ARP monitoring). */
export type Management = {
  readonly vlan: VlanId;
  /** The virtual switch through which the host reaches its management VLAN. */
  readonly switch: string;
  readonly address: InterfaceAddress;
  readonly target?: IpAddress;
};

export type Vtep = {
  readonly vlan: VlanId;
  readonly switch: string;
  readonly address: InterfaceAddress;
  /** UDP port, 4789 unless given (RFC 7348 section 5). */
  readonly port: number;
};

/** A switch inside a host: one VLAN-aware bridge in the host's namespace. */
export type VirtualSwitch = {
  readonly name: string;
  /** A NIC or bond of the host; absent for an internal-only switch. */
  readonly uplink?: string;
  /** VLANs of the uplink port: all port groups', management, VTEP and mirror VLANs, unless the file says otherwise. */
  readonly uplinkVlans: PortVlans;
  readonly portGroups: readonly PortGroup[];
  readonly mirrors: readonly Mirror[];
  readonly stp: boolean;
};

/** Where vNICs are attached: in a VLAN, in an overlay, or (neither) untagged on a switch without VLANs. */
export type PortGroup = {
  readonly name: string;
  readonly vlan?: VlanId;
  readonly overlay?: string;
  /** The VLAN id used inside the bridge: `vlan`, or one allocated downwards from 4094. */
  readonly bridgeVlan: VlanId;
};

/** Copies of what crosses the source ports, delivered to a virtual port. */
export type Mirror = {
  readonly name: string;
  readonly sources: readonly VnicRef[];
  readonly directions: "both" | "ingress" | "egress";
  readonly destination: VnicRef;
};

/** A vNIC named from outside: `web1:eth0`. */
export type VnicRef = { readonly node: string; readonly port: string };

/** An application's VM, container or namespace; `forwards` makes it a subnet-level virtual firewall or a virtual router. */
export type Workload = {
  readonly name: string;
  /** Absent: not virtualized, its vNICs are cabled by links. */
  readonly host?: string;
  readonly vnics: readonly Vnic[];
  readonly labels: Readonly<Record<string, string>>;
  readonly sensitivity?: string;
  readonly tier?: string;
  readonly services: readonly Service[];
  readonly routes: readonly Route[];
  readonly forwards: boolean;
  /** nftables rules inside the workload. */
  readonly firewall?: Firewall;
  readonly delaySensitive: boolean;
  readonly ioIntensive: boolean;
};

export type Vnic = {
  readonly name: string;
  readonly mac: Mac;
  readonly mtu: number;
  /** Absent for a vNIC of a workload without a host (see `Topology.links`). */
  readonly attachment?: { readonly switch: string; readonly portGroup: string };
  readonly addresses: readonly InterfaceAddress[];
  /** Kernel-based rules at this vNIC (nftables bridge family in the host). */
  readonly firewall?: Firewall;
  /** True for a mirror destination: no address, no neighbour discovery, receives copies only. */
  readonly analyzer: boolean;
};

/** A node of the fabric that routes; with a firewall, a physical firewall. */
export type Router = {
  readonly name: string;
  readonly nics: readonly Nic[];
  readonly bonds: readonly Bond[];
  readonly interfaces: readonly RouterInterface[];
  readonly routes: readonly Route[];
  readonly firewall?: Firewall;
};

/** An address on a NIC or bond, or on a VLAN of it. */
export type RouterInterface = {
  readonly parent: string;
  readonly vlan?: VlanId;
  readonly addresses: readonly InterfaceAddress[];
};

export type Route = { readonly destination: Prefix; readonly via: IpAddress };

export type Service = { readonly protocol: "tcp" | "udp"; readonly port: number };

/** A rule list, first match decides. */
export type Firewall = {
  /** Absent: answers to what was let through pass before any rule. */
  readonly stateful?: false;
  readonly policy: "accept" | "drop";
  readonly rules: readonly FirewallRule[];
};

export type FirewallRule = {
  readonly action: "accept" | "drop" | "reject";
  readonly direction: "in" | "out" | "forward";
  readonly source?: Prefix;
  readonly destination?: Prefix;
  readonly protocol?: "tcp" | "udp" | "icmp" | "icmpv6";
  readonly port?: number;
};

export type Endpoint = { readonly node: string; readonly port: string };

/** A cable of the fabric. */
export type Link = {
  readonly a: Endpoint;
  readonly b: Endpoint;
  readonly mtu: number;
  readonly impairment?: Impairment;
};

/** Applied to frames leaving either end. */
export type Impairment = {
  readonly delay?: Milliseconds;
  readonly jitter?: Milliseconds;
  /** Percent, 0 to 100. */
  readonly loss?: number;
  /** Bits per second. */
  readonly rate?: number;
};

/** The intended reachability: pairs of workloads by label, resolved. A pair in neither list is not judged. */
export type Reachability = {
  readonly allowed: readonly ReachabilityRule[];
  readonly forbidden: readonly ReachabilityRule[];
};

export type ReachabilityRule = {
  readonly from: readonly string[];
  readonly to: readonly string[];
  readonly service: Service | "icmp" | "any";
  /** Position in the file, `line:column`, for reports. */
  readonly position: string;
};

/** A finding that is known and accepted until a date. */
export type Waiver = {
  readonly recommendation: string;
  /** A finding's subject, or `*`. */
  readonly subject: string;
  readonly reason: string;
  /** Last day it holds, `2026-12-31`. */
  readonly expires: string;
};
