import { type Defect, defineDefect } from "../src/score/defect.ts";
import { redundantTeam } from "../src/score/defect-target.ts";
import { milliseconds } from "../src/units/milliseconds.ts";

/** Forgotten monitoring is what a bond has unless told otherwise: the standby member is never used. */
export const teamWatchesNothing: Defect = defineDefect({
  id: "team-watches-nothing",
  title: "a team has no failure detection (MII interval 0)",
  breaks: ["VM-MP-R3"],
  changes: (topology) => {
    const team = redundantTeam(topology);
    if (team === undefined || team.bond.mode === "802.3ad") return [];
    const monitor = { kind: "mii", interval: milliseconds(0) } as const;
    return [{ kind: "bond-monitor", node: team.host.name, bond: team.bond.name, monitor }];
  },
});
