import { type Defect, defineDefect } from "../src/score/defect.ts";
import { quietTrunk, quietVlan } from "../src/score/defect-target.ts";

/** Under-provisioned: a black hole that shows when the workloads of that VLAN come to use this port. */
export const trunkVlanMissing: Defect = defineDefect({
  id: "trunk-vlan-missing",
  title: "one trunk to a host lacks a VLAN that the host needs",
  breaks: ["VM-VN-R1"],
  changes: (topology) => {
    const target = quietTrunk(topology);
    const vlan = target && quietVlan(topology, target);
    if (target === undefined || vlan === undefined) return [];
    const { switchName, port } = target.place;
    return [{ kind: "port-vlan-remove", port: { node: switchName, port: port.name }, vlan }];
  },
});
