import type { LabObject } from "./object.ts";

/** What a kernel can do that a plan may need; read once per machine. */
export type Capability =
  | "bonding"
  | "vlan-filtering"
  | "vlan"
  | "vxlan"
  | "bridge"
  | "veth"
  | "netem"
  | "mirror"
  | "nftables"
  | "nftables-bridge";

export type Capabilities = {
  readonly kernel: string;
  /** Whether namespaces and links may be made at all. */
  readonly privileged: boolean;
  readonly features: readonly Capability[];
};

/** What these parts need of the kernel, sorted. */
export function neededCapabilities(objects: readonly LabObject[]): readonly Capability[] {
  const needed = new Set<Capability>();
  for (const object of objects) {
    for (const capability of neededBy(object)) needed.add(capability);
  }
  return [...needed].sort();
}

function neededBy(object: LabObject): readonly Capability[] {
  switch (object.kind) {
    case "link":
      return neededByLink(object);
    case "mirror":
    case "block":
      return ["mirror"];
    case "impairment":
      return ["netem"];
    case "ruleset":
      return object.family === "bridge" ? ["nftables", "nftables-bridge"] : ["nftables"];
    case "namespace":
    case "bridge-port":
    case "address":
    case "route":
    case "sysctl":
    case "forwarding":
    case "service":
      return [];
    default:
      return object satisfies never;
  }
}

function neededByLink(link: Extract<LabObject, { kind: "link" }>): readonly Capability[] {
  switch (link.type) {
    case "bond":
      return ["bonding"];
    case "vlan":
      return ["vlan"];
    case "vxlan":
      return ["vxlan"];
    case "bridge":
      return link.bridge.vlanFiltering ? ["bridge", "vlan-filtering"] : ["bridge"];
    case "veth":
      return ["veth"];
    case "loopback":
    case "wire":
    case "dummy":
      return [];
    default:
      return link satisfies never;
  }
}
