import type { LabObject } from "../plan/object.ts";

/**
 * The order in which parts are made: each stage needs those before it. Links come up only when their VLANs, filters
 * and rules are in place, so that no frame ever crosses a half-made network.
 */
export const stages = [
  "namespace",
  "sysctl",
  "link",
  "link-above",
  "link-sysctl",
  "bridge-port",
  "traffic-control",
  "ruleset",
  "forwarding",
  "address",
  "up",
  "route",
  "service",
] as const;

export type Stage = (typeof stages)[number];

/** The stage in which a part is made. Deleting goes through the stages backwards. */
export function stageOf(object: LabObject): Stage {
  switch (object.kind) {
    case "namespace":
    case "bridge-port":
    case "ruleset":
    case "forwarding":
    case "address":
    case "route":
    case "service":
      return object.kind;
    case "link":
      return object.type === "vlan" || object.type === "vxlan" ? "link-above" : "link";
    case "sysctl":
      return /\/conf\/(?!all\/|default\/)/.test(object.key) ? "link-sysctl" : "sysctl";
    case "mirror":
    case "impairment":
    case "block":
      return "traffic-control";
    default:
      return object satisfies never;
  }
}
