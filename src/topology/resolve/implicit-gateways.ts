import { type IpAddress, ipVersion } from "../../units/ip.ts";
import { broadcastDomains, type DomainMember } from "../broadcast-domains.ts";
import type { Route, Topology, Workload } from "../topology.ts";
import { onLink } from "./addresses.ts";
import { defaultRoute } from "./routes.ts";

/** For a workload, a default route of each family for which its networks hold exactly one node that routes. */
export function implicitGateways(topology: Topology): (workload: Workload) => readonly Route[] {
  const { members } = broadcastDomains(topology);
  const gateways = members.filter((member) => routes(topology, member));
  return (workload) => {
    const own = members.filter((member) => member.kind === "vnic" && member.node === workload.name);
    const candidates = own.flatMap((vnic) =>
      gateways
        .filter((gateway) => gateway.domain === vnic.domain && gateway.node !== workload.name)
        .flatMap((gateway) => gateway.addresses.map((each) => each.address))
        .filter((address) => onLink(vnic.addresses, address)),
    );
    return ([4, 6] as const).flatMap((family) => onlyRoute(candidates, family));
  };
}

function onlyRoute(candidates: readonly IpAddress[], family: 4 | 6): readonly Route[] {
  const [via, another] = candidates.filter((address) => ipVersion(address) === family);
  if (via === undefined || another !== undefined) return [];
  return [{ destination: defaultRoute[family], via }];
}

/** A switch with one address is only managed through it; with two it routes. */
function routes(topology: Topology, member: DomainMember): boolean {
  switch (member.kind) {
    case "router":
      return true;
    case "switch": {
      const device = topology.switches.find((candidate) => candidate.name === member.node);
      return (device?.interfaces.length ?? 0) >= 2;
    }
    case "vnic":
      return topology.workloads.some((each) => each.name === member.node && each.forwards);
    case "management":
    case "vtep":
      return false;
    default:
      return member.kind satisfies never;
  }
}
