import type { Bond, Host, Nic, SwitchPort, Topology } from "../topology/topology.ts";
import { cabledTo, point } from "./point.ts";
import type { Point } from "./trial.ts";

/** A port of a physical switch that leads to a NIC of a virtualized host; members of a bond are ports of their own. */
export type HostPort = {
  readonly switchName: string;
  readonly port: SwitchPort;
  readonly host: Host;
  readonly nic: Nic;
  readonly bond?: Bond;
  /** `tor1:hv1`. */
  readonly switchPoint: Point;
  /** `hv1:p0`. */
  readonly nicPoint: Point;
};

/** In the order of the hosts and their NICs. */
export function hostPorts(topology: Topology): readonly HostPort[] {
  return topology.hosts.flatMap((host) => host.nics.flatMap((nic) => portOf(topology, host, nic)));
}

function portOf(topology: Topology, host: Host, nic: Nic): readonly HostPort[] {
  const far = cabledTo(topology, host.name, nic.name);
  if (far === undefined) return [];
  const port = topology.switches
    .find(({ name }) => name === far.node)
    ?.ports.find(({ name }) => name === far.port);
  if (port === undefined) return [];
  const bond = host.bonds.find(({ members }) => members.includes(nic.name));
  return [
    {
      switchName: far.node,
      port,
      host,
      nic,
      ...(bond === undefined ? {} : { bond }),
      switchPoint: point(far.node, far.port),
      nicPoint: point(host.name, nic.name),
    },
  ];
}
