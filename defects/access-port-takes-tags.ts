import { type Defect, defineDefect } from "../src/score/defect.ts";
import { accessTarget } from "../src/score/defect-target.ts";

/** A workload's port that is a member of a second VLAN: the workload joins it by tagging its frames. */
export const accessPortTakesTags: Defect = defineDefect({
  id: "access-port-takes-tags",
  title: "a workload's access port accepts frames tagged with another VLAN",
  breaks: ["VM-VN-R1"],
  changes: (topology) => {
    const target = accessTarget(topology);
    const { host, virtualSwitch, workload, vnic } = target?.site ?? {};
    if (target === undefined || host === undefined || virtualSwitch === undefined) return [];
    const port = {
      node: host.name,
      switch: virtualSwitch.name,
      port: `${workload?.name}:${vnic?.name}`,
    };
    return [{ kind: "port-vlan-add", port, vlan: target.other }];
  },
});
