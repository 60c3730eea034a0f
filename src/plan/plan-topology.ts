import type { Topology } from "../topology/topology.ts";
import { realiseCables } from "./cable.ts";
import { hostEnds, realiseHost, vnicCables } from "./host.ts";
import type { LabObject } from "./object.ts";
import { inDependencyOrder } from "./order.ts";
import { realiseSwitch, switchEnds, testCable } from "./physical-switch.ts";
import { realiseRouter, routerEnds } from "./router.ts";
import { realiseWorkload, workloadEnds } from "./workload.ts";

/** Everything that has to exist for a topology to be there, in an order in which it can be made. */
export function planTopology(topology: Topology): readonly LabObject[] {
  const { switches, hosts, routers, workloads } = topology;
  const ends = [
    ...switches.flatMap((each) => switchEnds(topology, each)),
    ...hosts.flatMap((each) => hostEnds(topology, each)),
    ...routers.flatMap((each) => routerEnds(topology, each)),
    ...workloads.flatMap(workloadEnds),
  ];
  const inner = [
    ...switches.map((each) => testCable(topology, each)),
    ...hosts.flatMap((each) => vnicCables(topology, each)),
  ];
  return inDependencyOrder([
    ...switches.flatMap((each) => realiseSwitch(topology, each)),
    ...hosts.flatMap((each) => realiseHost(topology, each)),
    ...routers.flatMap((each) => realiseRouter(topology, each)),
    ...workloads.flatMap((each) => realiseWorkload(topology, each)),
    ...realiseCables(topology, ends, inner),
  ]);
}
