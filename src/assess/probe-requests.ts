import { locatePoint } from "../plan/names.ts";
import type { Topology, Vnic } from "../topology/topology.ts";
import type { NicPlace, ProbeRequest } from "../traffic/requests.ts";
import type { ConnectionProbe, Point, Probe } from "../trial/trial.ts";
import { type InterfaceAddress, type IpAddress, ipVersion } from "../units/ip.ts";
import { LabError } from "../units/lab-error.ts";
import type { Mac } from "../units/mac.ts";

/** A probe as its sender's machine is asked to make it: kernel names and the sender's own addresses filled in. */
export function probeRequest(topology: Topology, probe: Probe, index: number): ProbeRequest {
  const place = placeOf(topology, probe.from);
  switch (probe.kind) {
    case "frame":
      return { ...place, probe, index };
    case "stream":
      return {
        ...place,
        probe,
        index,
        receiver: placeOf(topology, probe.to.point),
        ...sourceFor(topology, probe.from, probe.to.address),
      };
    case "tcp":
    case "udp":
    case "icmp":
    case "arp":
      return { ...place, probe, index, ...connectionDetails(topology, probe) };
    default:
      return probe satisfies never;
  }
}

/** Where a point is in the kernel. @throws LabError for a point that the topology does not have. */
export function placeOf(topology: Topology, point: Point): NicPlace {
  const place = locatePoint(topology, point);
  if (place === undefined) {
    throw new LabError("LAB_E_POINT_UNKNOWN", `the topology has no point "${point}"`, {
      fix: "`lab inspect LAB` lists the points of a lab",
      exitCode: 2,
    });
  }
  return place;
}

type Owner = { readonly mac: Mac; readonly addresses: readonly InterfaceAddress[] };

function ownerOf(topology: Topology, point: Point): Owner | undefined {
  const [node, port] = point.split(":");
  const vnic: Vnic | undefined = topology.workloads
    .find((workload) => workload.name === node)
    ?.vnics.find((candidate) => candidate.name === port);
  return vnic;
}

function addressFor(owner: Owner | undefined, target: IpAddress): IpAddress | undefined {
  return owner?.addresses.find((own) => ipVersion(own.address) === ipVersion(target))?.address;
}

function sourceFor(
  topology: Topology,
  from: Point,
  target: IpAddress,
): { readonly source?: IpAddress } {
  const source = addressFor(ownerOf(topology, from), target);
  return source === undefined ? {} : { source };
}

function connectionDetails(
  topology: Topology,
  probe: ConnectionProbe,
): Pick<Extract<ProbeRequest, { probe: ConnectionProbe }>, "source" | "identity"> {
  if (probe.kind !== "arp") return sourceFor(topology, probe.from, probe.to);
  const owner = ownerOf(topology, probe.from);
  if (owner === undefined) return {};
  return {
    identity: { mac: owner.mac, addresses: owner.addresses.map((own) => own.address) },
  };
}
