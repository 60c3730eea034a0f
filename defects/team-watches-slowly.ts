import { type Defect, defineDefect } from "../src/score/defect.ts";
import { redundantTeam } from "../src/score/defect-target.ts";
import { milliseconds } from "../src/units/milliseconds.ts";

/** Intervals between two looks, many times what may pass until traffic flows again. */
const slowness = 10;

/** A failure is noticed only after the interruption that the topology allows is long over. */
export const teamWatchesSlowly: Defect = defineDefect({
  id: "team-watches-slowly",
  title: "a team looks for failures at an interval ten times the interruption that is allowed",
  breaks: ["VM-MP-R3"],
  changes: (topology) => {
    const team = redundantTeam(topology);
    if (team === undefined || team.bond.mode === "802.3ad") return [];
    const interval = milliseconds(slowness * topology.failoverWithin);
    const monitor = { ...team.bond.monitor, interval };
    return [{ kind: "bond-monitor", node: team.host.name, bond: team.bond.name, monitor }];
  },
});
