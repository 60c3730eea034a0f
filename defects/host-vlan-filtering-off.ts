import { type Defect, defineDefect } from "../src/score/defect.ts";
import { accessTarget } from "../src/score/defect-target.ts";

/** A virtual switch without filtering takes any tag from any workload, and adds none of its own. */
export const hostVlanFilteringOff: Defect = defineDefect({
  id: "host-vlan-filtering-off",
  title: "a virtual switch ignores VLANs: workloads send any tag, and none is added for them",
  breaks: ["VM-VN-R1"],
  alsoAffects: [
    {
      id: "VM-MP-R3",
      why: "its workloads' frames leave without a tag, which the trunk refuses, so no stream crosses the team",
    },
    {
      id: "VM-TM-R1",
      why: "its monitored workloads reach nobody, so there is nothing of which a copy could be due",
    },
    { id: "reachability", why: "its workloads are cut off from the fabric" },
  ],
  changes: (topology) => {
    const target = accessTarget(topology);
    const { host, virtualSwitch } = target?.site ?? {};
    if (host === undefined || virtualSwitch === undefined) return [];
    const bridge = { node: host.name, switch: virtualSwitch.name };
    return [{ kind: "vlan-filtering", bridge, on: false }];
  },
});
