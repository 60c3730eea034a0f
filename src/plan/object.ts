/**
 * The parts a lab is made of, as the kernel knows them. A plan is a list of these; applying makes each one so. Names are
 * kernel names: namespaces as under /run/netns, interfaces of at most 15 bytes.
 */
export type LabObject =
  | NamespaceObject
  | LinkObject
  | BridgePortObject
  | AddressObject
  | RouteObject
  | SysctlObject
  | ForwardingObject
  | MirrorObject
  | ImpairmentObject
  | BlockObject
  | RulesetObject
  | ServiceObject;

export type NamespaceObject = {
  readonly kind: "namespace";
  readonly namespace: string;
  /** The node of the topology it stands for. */
  readonly node: string;
};

type LinkBase = {
  readonly kind: "link";
  readonly namespace: string;
  readonly name: string;
  readonly mtu?: number;
  readonly mac?: string;
  /** Bridge or bond it is enslaved to. */
  readonly master?: string;
  readonly up: boolean;
  /**
   * Alternative names: the ownership mark `lab-o-<digest>` first, then the name people use (`web1:eth0`). Empty for a
   * loopback, which the kernel makes and unmakes with its namespace.
   */
  readonly altnames: readonly string[];
};

export type LinkObject = LinkBase &
  (
    | { readonly type: "loopback" }
    /** One end of a pair; the peer is an object of its own whose `peer` points back. The pair is made in place, in one act. */
    | {
        readonly type: "veth";
        readonly peer: { readonly namespace: string; readonly name: string };
      }
    /** One end of a cable between two machines: a NIC that the machine has from its start. Equal numbers are one cable. */
    | { readonly type: "wire"; readonly wire: number }
    | { readonly type: "bridge"; readonly bridge: BridgeSettings }
    | { readonly type: "bond"; readonly bond: BondSettings }
    | { readonly type: "vlan"; readonly parent: string; readonly vid: number }
    | { readonly type: "vxlan"; readonly vxlan: VxlanSettings }
    | { readonly type: "dummy" }
  );

export type BridgeSettings = {
  readonly vlanFiltering: boolean;
  readonly stp: boolean;
  readonly priority: number;
  /** Centiseconds are the kernel's business; this is milliseconds, 2000 or more with STP. */
  readonly forwardDelay: number;
};

export type BondSettings = {
  readonly mode: string;
  /** Milliseconds; 0 with ARP monitoring. */
  readonly miimon: number;
  readonly arpInterval: number;
  readonly arpTargets: readonly string[];
  readonly arpValidate: string;
  readonly primary?: string;
  readonly lacpRate: "slow" | "fast";
};

export type VxlanSettings = {
  readonly vni: number;
  readonly local: string;
  readonly port: number;
};

/** How a link behaves as a bridge port, and its VLANs there; for the bridge itself `self` is true. */
export type BridgePortObject = {
  readonly kind: "bridge-port";
  readonly namespace: string;
  readonly name: string;
  readonly self: boolean;
  readonly learning: boolean;
  /** Bit 2 (0x4) lets LACP frames cross. */
  readonly groupForwardMask: number;
  /** Ascending by id. */
  readonly vlans: readonly BridgeVlan[];
};

export type BridgeVlan = {
  readonly vid: number;
  /** Last id of a range; equal to `vid` for one. */
  readonly end: number;
  readonly pvid: boolean;
  readonly untagged: boolean;
};

export type AddressObject = {
  readonly kind: "address";
  readonly namespace: string;
  readonly link: string;
  /** `10.0.0.1/24`; IPv6 without duplicate address detection. */
  readonly address: string;
};

export type RouteObject = {
  readonly kind: "route";
  readonly namespace: string;
  readonly destination: string;
  readonly via: string;
};

/** A key below /proc/sys of the namespace, with slashes: `net/ipv4/ip_forward`. */
export type SysctlObject = {
  readonly kind: "sysctl";
  readonly namespace: string;
  readonly key: string;
  readonly value: string;
  /** Left alone where the key does not exist (a module is not loaded). */
  readonly optional?: true;
};

/** A static bridge or VXLAN forwarding entry. */
export type ForwardingObject = {
  readonly kind: "forwarding";
  readonly namespace: string;
  readonly link: string;
  readonly mac: string;
  /** Remote VTEP. */
  readonly destination?: string;
};

/** Copies of the frames crossing a port, made by tc. */
export type MirrorObject = {
  readonly kind: "mirror";
  readonly namespace: string;
  readonly link: string;
  /** As seen from the bridge port's device: `ingress` is what the attached node sends. */
  readonly hook: "ingress" | "egress";
  readonly to: string;
  /** tc preference, which tells two filters on one hook apart. */
  readonly preference: number;
};

/** netem on egress. */
export type ImpairmentObject = {
  readonly kind: "impairment";
  readonly namespace: string;
  readonly link: string;
  /** Microseconds. */
  readonly delay: number;
  readonly jitter: number;
  /** Percent. */
  readonly loss: number;
  /** Bits per second; 0: unlimited. */
  readonly rate: number;
};

/** Every frame that comes in (`ingress`) or goes out (`egress`) at a link is dropped by tc while carrier stays up. */
export type BlockObject = {
  readonly kind: "block";
  readonly namespace: string;
  readonly link: string;
  readonly hooks: readonly ("ingress" | "egress")[];
};

/** tc preference of what blocks: before every mirror (10 and up), so that a frame lost on a cable is not mirrored. */
export const blockPreference = 1;

/** One nftables table. */
export type RulesetObject = {
  readonly kind: "ruleset";
  readonly namespace: string;
  readonly family: "inet" | "bridge" | "netdev";
  readonly table: string;
  /** What stands between the braces of `table FAMILY NAME { ... }`. */
  readonly body: string;
};

/** Something that listens in a workload: answers TCP and UDP probes by sending back what it got. */
export type ServiceObject = {
  readonly kind: "service";
  readonly namespace: string;
  readonly protocol: "tcp" | "udp";
  readonly port: number;
};

/** What tells two objects apart: two objects with equal keys are two states of one thing. */
export function objectKey(object: LabObject): string {
  switch (object.kind) {
    case "namespace":
      return `namespace ${object.namespace}`;
    case "link":
      return `link ${object.namespace} ${object.name}`;
    case "bridge-port":
      return `bridge-port ${object.namespace} ${object.name}${object.self ? " self" : ""}`;
    case "address":
      return `address ${object.namespace} ${object.link} ${object.address}`;
    case "route":
      return `route ${object.namespace} ${object.destination}`;
    case "sysctl":
      return `sysctl ${object.namespace} ${object.key}`;
    case "forwarding":
      return `forwarding ${object.namespace} ${object.link} ${object.mac} ${object.destination ?? ""}`;
    case "mirror":
      return `mirror ${object.namespace} ${object.link} ${object.hook} ${object.preference}`;
    case "impairment":
      return `impairment ${object.namespace} ${object.link}`;
    case "block":
      return `block ${object.namespace} ${object.link}`;
    case "ruleset":
      return `ruleset ${object.namespace} ${object.family} ${object.table}`;
    case "service":
      return `service ${object.namespace} ${object.protocol} ${object.port}`;
    default:
      return object satisfies never;
  }
}
