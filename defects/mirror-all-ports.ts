import { type Defect, defineDefect } from "../src/score/defect.ts";
import { mirrorTargets } from "../src/score/defect-target.ts";
import { vnicSites } from "../src/trial/vnic-site.ts";

/** The analyzer gets what nobody meant it to see. */
export const mirrorAllPorts: Defect = defineDefect({
  id: "mirror-all-ports",
  title: "a mirror copies the traffic of every port of its switch",
  breaks: ["VM-TM-R1"],
  changes: (topology) => {
    const target = mirrorTargets(topology).find(({ host, mirror }) =>
      vnicSites(topology).some(
        ({ host: own, virtualSwitch, vnic, workload }) =>
          own === host &&
          virtualSwitch?.mirrors.includes(mirror) === true &&
          !vnic.analyzer &&
          !mirror.sources.some(({ node, port }) => node === workload.name && port === vnic.name),
      ),
    );
    if (target === undefined) return [];
    const { host, mirror } = target;
    return [{ kind: "mirror", host: host.name, mirror: mirror.name, become: "all-ports" }];
  },
});
