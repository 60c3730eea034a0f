import { type Defect, defineDefect } from "../src/score/defect.ts";
import { quietTrunk } from "../src/score/defect-target.ts";
import { teams } from "../src/trial/bond-trials.ts";

/** The redundancy of the NIC team ends at one physical switch. */
export const teamOnOneSwitch: Defect = defineDefect({
  id: "team-on-one-switch",
  title: "all members of a NIC team are cabled to one physical switch",
  breaks: ["VM-MP-R3"],
  changes: (topology) => {
    const place = quietTrunk(topology)?.place;
    const team = teams(topology).find(
      ({ host, bond }) => host === place?.host && bond === place.bond,
    );
    const others = new Set(
      team?.members.map(({ switchName }) => switchName).filter((at) => at !== place?.switchName),
    );
    const [to] = others;
    if (place === undefined || team?.members.length !== 2 || to === undefined) return [];
    return [{ kind: "recable", nic: { node: place.host.name, port: place.nic.name }, to }];
  },
});
