import { type Defect, defineDefect } from "../src/score/defect.ts";
import { mirrorTargets } from "../src/score/defect-target.ts";

/** Undeclared duplicates: an analyzer takes them for retransmissions. */
export const mirrorDuplicates: Defect = defineDefect({
  id: "mirror-duplicates",
  title: "a mirror copies every frame twice",
  breaks: ["VM-TM-R1"],
  changes: (topology) => {
    const [target] = mirrorTargets(topology);
    if (target === undefined) return [];
    const { host, mirror } = target;
    return [{ kind: "mirror", host: host.name, mirror: mirror.name, become: "duplicate" }];
  },
});
