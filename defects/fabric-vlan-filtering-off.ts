import { type Defect, defineDefect } from "../src/score/defect.ts";
import { quietTrunk } from "../src/score/defect-target.ts";

/** A bridge without filtering "will not consider the VLAN tag": every VLAN crosses every port of it. */
export const fabricVlanFilteringOff: Defect = defineDefect({
  id: "fabric-vlan-filtering-off",
  title: "a physical switch forwards frames of every VLAN to every port",
  breaks: ["VM-VN-R1"],
  changes: (topology) => {
    const target = quietTrunk(topology);
    return target === undefined
      ? []
      : [{ kind: "vlan-filtering", bridge: { node: target.place.switchName }, on: false }];
  },
});
