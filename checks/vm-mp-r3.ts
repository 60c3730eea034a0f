import type { Evidence } from "../src/evidence/evidence.ts";
import type { Check } from "../src/score/check.ts";
import type { Finding, Observation } from "../src/score/finding.ts";
import { judgeCabling } from "../src/score/judge-cabling.ts";
import { judgeFailover } from "../src/score/judge-failover.ts";
import { observeStreams } from "../src/score/observe-streams.ts";
import type { Topology } from "../src/topology/topology.ts";
import { cablingTrial, failoverTrial, failures, teams } from "../src/trial/bond-trials.ts";
import { streamPairs, unservedTeams } from "../src/trial/stream-pair.ts";
import type { Trial } from "../src/trial/trial.ts";

const cabling = "vm-mp-r3/cabling";
const failover = "vm-mp-r3/failover";

/**
 * VM-MP-R3 (SP 800-125B draft, section 3.3): "The network path redundancy created within the virtual network of the
 * virtualized host should also be extended to the immediate physical network links emanating from the virtualized host.
 * This can be achieved by having the individual members of the NIC team (i.e., the two or more physical NICs) connected
 * to different physical switches." Section 3.1 says what redundancy means: "If an active physical NIC fails or traffic
 * fails to flow through it, the traffic will start flowing (or be routed) through the standby physical NIC".
 *
 * So the members' frames come to different physical switches first, and streams both ways through each team resume
 * within the topology's limit after each of those switches in turn fails: once so that carrier is lost, and once so that
 * traffic fails to flow while carrier stays.
 */
export const vmMpR3: Check = {
  id: "VM-MP-R3",
  requires: ["bonding"],

  appliesTo(topology: Topology): true | { readonly reason: string } {
    return teams(topology).length > 0 || { reason: "no host has a NIC team" };
  },

  trials(topology: Topology): readonly Trial[] {
    return [...cablingTrial(topology), ...failoverTrial(topology)];
  },

  evaluate(topology: Topology, evidence: readonly Evidence[]): readonly Finding[] {
    const find = (trial: string): Evidence | undefined =>
      evidence.find((item) => item.trial === trial);
    const cables = teams(topology).map((team) => judgeCabling(topology, team, find(cabling)));
    const streams = streamPairs(topology).flatMap((pair) =>
      failures(topology).map((failure) => judgeFailover(topology, pair, failure, find(failover))),
    );
    return [...cables, ...streams, ...unservedTeams(topology).map(untried)];
  },

  observe(_: Topology, evidence: readonly Evidence[]): readonly Observation[] {
    return observeStreams(evidence.find((item) => item.trial === failover));
  },
};

function untried(team: string): Finding {
  return {
    subject: `${team} failover`,
    outcome: "inconclusive",
    expected: "streams resume after each physical switch fails",
    observed: "no workload or router elsewhere keeps its own way when a switch fails: not tried",
    remediation:
      "Put a workload with an address on another host whose team leads to both switches.",
    evidence: [],
  };
}
