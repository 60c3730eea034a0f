import { type Defect, defineDefect } from "../src/score/defect.ts";
import { mirrorTargets } from "../src/score/defect-target.ts";

/** Half of every conversation: what workloads receive is not seen by the analyzer. */
export const mirrorIngressOnly: Defect = defineDefect({
  id: "mirror-ingress-only",
  title: "a mirror copies only what its sources send",
  breaks: ["VM-TM-R1"],
  changes: (topology) => {
    const [target] = mirrorTargets(topology);
    if (target === undefined) return [];
    const { host, mirror } = target;
    return [{ kind: "mirror", host: host.name, mirror: mirror.name, become: "ingress-only" }];
  },
});
