import type { BondMonitor, Endpoint, Impairment, PortVlans } from "../topology/topology.ts";
import type { VlanId } from "../units/vlan-id.ts";

/**
 * Something done to a network that runs, named by meaning. Its inverse is not written here: applying a change reads what
 * was there before, journals it, and taking the change back restores exactly that.
 */
export type Change =
  /** Every port device of a physical switch goes down: the neighbours lose carrier. */
  | { readonly kind: "switch-down"; readonly switch: string }
  /** A physical switch stops forwarding while every carrier stays up. */
  | { readonly kind: "switch-silent"; readonly switch: string }
  /** One end of a cable goes down; both ends lose carrier. */
  | { readonly kind: "link-down"; readonly at: Endpoint }
  /** Frames on a cable are lost in both directions while carrier stays up. */
  | { readonly kind: "silent-block"; readonly at: Endpoint }
  /** The VLAN membership of a switch port (physical `tor1:hv1`, uplink `hv1:vs0:uplink`) becomes exactly this. */
  | { readonly kind: "port-vlans"; readonly port: SwitchPortRef; readonly vlans: PortVlans }
  /** One VLAN is added to or taken from what a switch port carries now. */
  | {
      readonly kind: "port-vlan-add";
      readonly port: SwitchPortRef;
      readonly vlan: VlanId;
      readonly untagged?: boolean;
    }
  | { readonly kind: "port-vlan-remove"; readonly port: SwitchPortRef; readonly vlan: VlanId }
  /** The test port of a physical switch becomes a trunk of VLANs 1 to 4094. */
  | { readonly kind: "test-trunk"; readonly switch: string }
  /** `vlan_filtering` of a bridge: `{node: "tor1"}`, `{node: "hv1", switch: "vs0"}`. */
  | { readonly kind: "vlan-filtering"; readonly bridge: BridgeRef; readonly on: boolean }
  | {
      readonly kind: "bond-monitor";
      readonly node: string;
      readonly bond: string;
      readonly monitor: BondMonitor;
    }
  /** A host NIC is unplugged and cabled to another physical switch, into a port like the one it left. */
  | { readonly kind: "recable"; readonly nic: Endpoint; readonly to: string }
  | {
      readonly kind: "mirror";
      readonly host: string;
      readonly mirror: string;
      readonly become: "ingress-only" | "egress-only" | "off" | "duplicate" | "all-ports";
    }
  | { readonly kind: "impairment"; readonly at: Endpoint; readonly impairment: Impairment }
  /** The nftables rules of a workload, router (`{node}`) or vNIC (`{node, port}`) are removed. */
  | { readonly kind: "firewall-off"; readonly node: string; readonly port?: string }
  | { readonly kind: "address-remove"; readonly node: string; readonly interface: string };

/** `{node: "tor1", port: "hv1"}`, or of a virtual switch: `{node: "hv1", switch: "vs0", port: "web1:eth0" | "uplink"}`. */
export type SwitchPortRef = {
  readonly node: string;
  readonly switch?: string;
  readonly port: string;
};

export type BridgeRef = { readonly node: string; readonly switch?: string };
