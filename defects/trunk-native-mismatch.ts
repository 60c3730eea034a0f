import { type Defect, defineDefect } from "../src/score/defect.ts";
import { quietTrunk, quietVlan } from "../src/score/defect-target.ts";

/** The switch takes a production VLAN for native, the host tags it: frames come without the tag that is due. */
export const trunkNativeMismatch: Defect = defineDefect({
  id: "trunk-native-mismatch",
  title: "a trunk has one of the host's VLANs as its native VLAN, the host does not",
  breaks: ["VM-VN-R1"],
  changes: (topology) => {
    const target = quietTrunk(topology);
    const vlan = target && quietVlan(topology, target);
    if (target === undefined || vlan === undefined || target.profile.untagged !== undefined) {
      return [];
    }
    const { switchName, port } = target.place;
    const ref = { node: switchName, port: port.name };
    return [{ kind: "port-vlan-add", port: ref, vlan, untagged: true }];
  },
});
