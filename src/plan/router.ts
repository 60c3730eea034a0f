import type { Router, RouterInterface, Topology } from "../topology/topology.ts";
import { interfaceOf, linkBase } from "./build.ts";
import type { CableEnd } from "./cable.ts";
import { realiseNodeFirewall } from "./firewall.ts";
import { namespaceOf, port } from "./names.ts";
import { hasIpv6, realiseAddresses, realiseNamespace } from "./namespace.ts";
import { nicEnds, realiseBonds, uplinkMtu } from "./nic.ts";
import type { LabObject } from "./object.ts";
import { realiseRoutes } from "./route.ts";

const noMasters: ReadonlyMap<string, string> = new Map();

/** A node of the fabric that routes; with rules, a physical firewall. */
export function realiseRouter(topology: Topology, router: Router): readonly LabObject[] {
  const namespace = namespaceOf(topology.name, router.name);
  return [
    ...realiseNamespace(topology.name, {
      node: router.name,
      bridges: false,
      forwards: true,
      ipv6: router.interfaces.some(({ addresses }) => hasIpv6(addresses)),
    }),
    ...realiseBonds(topology, router, noMasters),
    ...router.interfaces.flatMap((each) => realiseInterface(topology, router, each)),
    ...realiseRoutes(namespace, router.routes),
    ...realiseNodeFirewall(namespace, router.firewall, true),
  ];
}

function realiseInterface(
  topology: Topology,
  router: Router,
  { parent, vlan: vid, addresses }: RouterInterface,
): readonly LabObject[] {
  const below = interfaceOf(topology, router.name, port(parent));
  if (vid === undefined) {
    return realiseAddresses(namespaceOf(topology.name, router.name), below, addresses);
  }
  const base = linkBase(topology, router.name, { kind: "vlan", parent, vid });
  return [
    { ...base, type: "vlan", parent: below, vid, mtu: uplinkMtu(router, parent), up: true },
    ...realiseAddresses(base.namespace, base.name, addresses),
  ];
}

/** The router's ends of its cables. */
export function routerEnds(topology: Topology, router: Router): readonly CableEnd[] {
  return nicEnds(topology, router, noMasters);
}
