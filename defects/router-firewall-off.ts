import { type Defect, defineDefect } from "../src/score/defect.ts";

/** The router goes on routing, and lets everything pass. */
export const routerFirewallOff: Defect = defineDefect({
  id: "router-firewall-off",
  title: "the router between the segments has no rules any more",
  breaks: ["reachability"],
  changes: (topology) => {
    const router = topology.routers.find(({ firewall }) => firewall !== undefined);
    const isJudged = topology.reachability.forbidden.length > 0;
    return router === undefined || !isJudged ? [] : [{ kind: "firewall-off", node: router.name }];
  },
});
