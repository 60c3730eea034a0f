import type { Evidence } from "../src/evidence/evidence.ts";
import type { Check } from "../src/score/check.ts";
import { evaluateExpectations } from "../src/score/evaluate-expectations.ts";
import type { Finding } from "../src/score/finding.ts";
import { mergeFindings } from "../src/score/merge-findings.ts";
import type { Topology } from "../src/topology/topology.ts";
import { reachabilityTrial } from "../src/trial/reachability-trial.ts";
import type { Trial } from "../src/trial/trial.ts";

/**
 * The intended reachability of the topology file. What the file allows is seen at the target's vNIC and answered; of what
 * it forbids nothing is seen there (SP 800-125B section 4: firewalls control "traffic flowing between any two virtual
 * network segments" and "all traffic flowing into and out of a VM"). No recommendation of its own: a matrix beside them.
 */
export const reachability: Check = {
  id: "reachability",
  requires: [],

  appliesTo(topology: Topology): true | { readonly reason: string } {
    return (
      reachabilityTrial(topology).length > 0 || {
        reason: "the topology states no intended reachability",
      }
    );
  },

  trials(topology: Topology): readonly Trial[] {
    return reachabilityTrial(topology);
  },

  evaluate(topology: Topology, evidence: readonly Evidence[]): readonly Finding[] {
    const findings = reachabilityTrial(topology).flatMap((trial) =>
      evaluateExpectations(
        trial,
        evidence.find((item) => item.trial === trial.id),
        topology,
      ),
    );
    return mergeFindings(findings);
  },
};
