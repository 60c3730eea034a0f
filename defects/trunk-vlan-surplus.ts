import { type Defect, defineDefect } from "../src/score/defect.ts";
import { quietTrunk } from "../src/score/defect-target.ts";
import { vlanId } from "../src/units/vlan-id.ts";

/** Over-provisioned: the host gets frames that no workload on it is meant to see. */
export const trunkVlanSurplus: Defect = defineDefect({
  id: "trunk-vlan-surplus",
  title: "one trunk to a host carries a VLAN that nothing on the host is in",
  breaks: ["VM-VN-R1"],
  changes: (topology) => {
    const target = quietTrunk(topology);
    if (target === undefined) return [];
    const { place, profile } = target;
    const isForeign = (id: number): boolean =>
      id !== profile.untagged && !profile.tagged.some((own) => own === id);
    const known = topology.vlans.map(({ id }) => id).find(isForeign);
    const vlan = known ?? vlanId([4000, 4001, 4002].find(isForeign) ?? 4003);
    const port = { node: place.switchName, port: place.port.name };
    return [{ kind: "port-vlan-add", port, vlan }];
  },
});
