import { type Defect, defineDefect } from "../src/score/defect.ts";
import { redundantTeam } from "../src/score/defect-target.ts";
import { milliseconds } from "../src/units/milliseconds.ts";

/** MII monitoring cannot tell when a switch refuses to pass traffic and keeps carrier (kernel bonding guide, 8.3). */
export const teamWatchesCarrierOnly: Defect = defineDefect({
  id: "team-watches-carrier-only",
  title: "a team watches carrier (MII) instead of asking beyond the switch (ARP)",
  breaks: ["VM-MP-R3"],
  changes: (topology) => {
    const team = redundantTeam(topology);
    if (team === undefined || team.bond.monitor.kind !== "arp") return [];
    const monitor = { kind: "mii", interval: milliseconds(100) } as const;
    return [{ kind: "bond-monitor", node: team.host.name, bond: team.bond.name, monitor }];
  },
});
