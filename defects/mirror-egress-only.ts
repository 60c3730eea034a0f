import { type Defect, defineDefect } from "../src/score/defect.ts";
import { mirrorTargets } from "../src/score/defect-target.ts";

/** Half of every conversation: what workloads send is not seen by the analyzer. */
export const mirrorEgressOnly: Defect = defineDefect({
  id: "mirror-egress-only",
  title: "a mirror copies only what its sources receive",
  breaks: ["VM-TM-R1"],
  changes: (topology) => {
    const [target] = mirrorTargets(topology);
    if (target === undefined) return [];
    const { host, mirror } = target;
    return [{ kind: "mirror", host: host.name, mirror: mirror.name, become: "egress-only" }];
  },
});
