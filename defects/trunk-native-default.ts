import { type Defect, defineDefect } from "../src/score/defect.ts";
import { quietTrunk } from "../src/score/defect-target.ts";
import { vlanId } from "../src/units/vlan-id.ts";

/** What a Linux bridge does unless told otherwise: PVID 1, untagged, on every port. */
export const trunkNativeDefault: Defect = defineDefect({
  id: "trunk-native-default",
  title: "PVID 1 is left on a trunk to a host",
  breaks: ["VM-VN-R1"],
  changes: (topology) => {
    const target = quietTrunk(topology);
    if (target === undefined) return [];
    const { place, profile } = target;
    const isUsed = profile.tagged.some((id) => id === 1) || profile.untagged !== undefined;
    if (isUsed) return [];
    const port = { node: place.switchName, port: place.port.name };
    return [{ kind: "port-vlan-add", port, vlan: vlanId(1), untagged: true }];
  },
});
