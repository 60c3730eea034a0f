import type { Topology, Vnic, Workload } from "../topology/topology.ts";
import { interfaceOf } from "./build.ts";
import type { CableEnd } from "./cable.ts";
import { realiseNodeFirewall, realiseVnicFirewall } from "./firewall.ts";
import { namespaceOf, port } from "./names.ts";
import { hasIpv6, realiseAddresses, realiseNamespace } from "./namespace.ts";
import type { LabObject } from "./object.ts";
import { realiseRoutes } from "./route.ts";
import { realiseServices } from "./services.ts";

/** A workload: its vNICs' addresses, its routes, the rules inside it and at its vNICs, and what listens in it. */
export function realiseWorkload(topology: Topology, workload: Workload): readonly LabObject[] {
  const namespace = namespaceOf(topology.name, workload.name);
  return [
    ...realiseNamespace(topology.name, {
      node: workload.name,
      bridges: false,
      forwards: workload.forwards,
      ipv6: workload.vnics.some((vnic) => hasIpv6(vnic.addresses)),
    }),
    ...workload.vnics.flatMap((vnic) => realiseVnic(topology, workload, vnic)),
    ...realiseRoutes(namespace, workload.routes),
    ...realiseNodeFirewall(namespace, workload.firewall, workload.forwards),
    ...realiseServices(namespace, workload.services),
  ];
}

function realiseVnic(topology: Topology, workload: Workload, vnic: Vnic): readonly LabObject[] {
  const namespace = namespaceOf(topology.name, workload.name);
  const name = interfaceOf(topology, workload.name, port(vnic.name));
  return [
    ...(vnic.analyzer ? [silence(namespace, name)] : []),
    ...realiseAddresses(namespace, name, vnic.addresses),
    ...realiseVnicFirewall(topology, workload, vnic),
  ];
}

/** An analyzer sees requests for addresses that its other interfaces may have; it must not answer them here. */
function silence(namespace: string, link: string): LabObject {
  return { kind: "sysctl", namespace, key: `net/ipv4/conf/${link}/arp_ignore`, value: "8" };
}

/** The vNICs of a workload that is not virtualized: ends of the fabric's cables. */
export function workloadEnds(workload: Workload): readonly CableEnd[] {
  if (workload.host !== undefined) return [];
  return workload.vnics.map((vnic) => ({
    node: workload.name,
    part: port(vnic.name),
    mac: vnic.mac,
    mtu: vnic.mtu,
  }));
}
