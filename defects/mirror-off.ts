import { type Defect, defineDefect } from "../src/score/defect.ts";
import { mirrorTargets } from "../src/score/defect-target.ts";

/** The analyzer is there and sees nothing, which looks like peace. */
export const mirrorOff: Defect = defineDefect({
  id: "mirror-off",
  title: "a mirror copies nothing",
  breaks: ["VM-TM-R1"],
  changes: (topology) => {
    const [target] = mirrorTargets(topology);
    if (target === undefined) return [];
    const { host, mirror } = target;
    return [{ kind: "mirror", host: host.name, mirror: mirror.name, become: "off" }];
  },
});
