import type { Evidence } from "../src/evidence/evidence.ts";
import type { Check } from "../src/score/check.ts";
import { evaluateExpectations } from "../src/score/evaluate-expectations.ts";
import type { Finding, Observation } from "../src/score/finding.ts";
import { mergeFindings } from "../src/score/merge-findings.ts";
import { observeCopies } from "../src/score/observe-copies.ts";
import type { Topology, Workload } from "../src/topology/topology.ts";
import { mirrorGroups, mirrorTrial } from "../src/trial/mirror-trial.ts";
import type { Trial } from "../src/trial/trial.ts";
import { vnicSites } from "../src/trial/vnic-site.ts";

/**
 * VM-TM-R1 (SP 800-125B draft, section 5.3): "Traffic Monitoring for a VM should be applied to both incoming and outgoing
 * traffic." Section 5 says what monitoring is: "a functionality to copy those packets (incoming or outgoing) and send them
 * to a network monitor application".
 *
 * So for every mirror, of the frames a source vNIC sends and of those it receives, from a neighbour on the same switch and
 * from elsewhere, the analyzer's vNIC gets as many copies as mirrored ports the frame crosses (two mirrored neighbours:
 * two), and nothing of what unmonitored workloads say. A mirror that the file gives one direction fails: the
 * recommendation asks for both. A workload said to be monitored (label `monitored`) without a mirror, or an analyzer
 * that no mirror delivers to, is monitoring that is not there.
 */
export const vmTmR1: Check = {
  id: "VM-TM-R1",
  requires: ["mirror"],

  appliesTo(topology: Topology): true | { readonly reason: string } {
    const isMonitored = mirrorGroups(topology).length > 0 || gaps(topology).length > 0;
    return isMonitored || { reason: "no workload is monitored: no mirror and no analyzer" };
  },

  trials(topology: Topology): readonly Trial[] {
    return mirrorGroups(topology).map((group) => mirrorTrial(topology, group));
  },

  evaluate(topology: Topology, evidence: readonly Evidence[]): readonly Finding[] {
    const findings = this.trials(topology).flatMap((trial) =>
      evaluateExpectations(
        trial,
        evidence.find((item) => item.trial === trial.id),
        topology,
      ),
    );
    return [...mergeFindings(findings), ...gaps(topology), ...untried(topology)];
  },

  observe(topology: Topology, evidence: readonly Evidence[]): readonly Observation[] {
    return mirrorGroups(topology).flatMap((group) => {
      const { id } = mirrorTrial(topology, group);
      const own = evidence.find(({ trial }) => trial === id);
      return own === undefined ? [] : observeCopies(own, group);
    });
  },
};

const remediation = "Give every monitored workload a mirror of both directions to an analyzer.";

/** Monitoring that the file speaks of and that no mirror makes. */
function gaps(topology: Topology): readonly Finding[] {
  const groups = mirrorGroups(topology);
  return vnicSites(topology).flatMap(({ workload, vnic, point }) => {
    const isSource = groups.some(({ copies }) => copies(point) > 0);
    const isFed = groups.some(({ analyzer }) => analyzer === point);
    const isMonitored = ["true", "yes"].includes(labelOf(workload, "monitored"));
    const missing =
      (vnic.analyzer && !isFed && "no mirror delivers to it") ||
      (isMonitored && !vnic.analyzer && !isSource && "no mirror has it as a source");
    if (missing === false) return [];
    const expected = vnic.analyzer
      ? "copies of monitored traffic arrive"
      : "copies of its traffic arrive at an analyzer";
    const observed = `absent: ${missing}`;
    return [{ subject: point, outcome: "fail", expected, observed, remediation, evidence: [] }];
  });
}

/** A source without anybody to talk to shows nothing, which is no pass. */
function untried(topology: Topology): readonly Finding[] {
  return mirrorGroups(topology).flatMap((group) => {
    const { phases } = mirrorTrial(topology, group);
    const subjects = phases.flatMap(({ expect }) => expect.map(({ subject }) => subject));
    return group.sources
      .filter(({ point }) => !subjects.some((subject) => subject.startsWith(`${point} `)))
      .map(({ point }) => ({
        subject: `${point} both directions`,
        outcome: "inconclusive" as const,
        expected: "one copy of each frame in each direction",
        observed: "the intended reachability lets no workload talk with it: not tried",
        remediation:
          "Name a service in the intended reachability that another workload may use of it.",
        evidence: [],
      }));
  });
}

function labelOf({ labels }: Workload, name: string): string {
  return labels[name] ?? "";
}
