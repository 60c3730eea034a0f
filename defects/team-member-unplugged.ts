import { type Defect, defineDefect } from "../src/score/defect.ts";
import { quietTrunk } from "../src/score/defect-target.ts";

/** Nobody notices until the other member's switch fails. */
export const teamMemberUnplugged: Defect = defineDefect({
  id: "team-member-unplugged",
  title: "the cable of a standby member is down",
  breaks: ["VM-MP-R3"],
  alsoAffects: [
    {
      id: "VM-VN-R1",
      why: "no frame passes the port without a link, so what it carries cannot be told",
    },
  ],
  changes: (topology) => {
    const place = quietTrunk(topology)?.place;
    if (place?.bond === undefined || place.bond.members.length !== 2) return [];
    return [{ kind: "link-down", at: { node: place.host.name, port: place.nic.name } }];
  },
});
