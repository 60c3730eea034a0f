import type { Evidence } from "../src/evidence/evidence.ts";
import type { Check } from "../src/score/check.ts";
import { evaluateExpectations } from "../src/score/evaluate-expectations.ts";
import type { Finding, Observation } from "../src/score/finding.ts";
import { mergeFindings } from "../src/score/merge-findings.ts";
import { observeProbes } from "../src/score/observe-probes.ts";
import type { Topology } from "../src/topology/topology.ts";
import { accessTrial } from "../src/trial/access-trial.ts";
import { type HostPort, hostPorts } from "../src/trial/host-port.ts";
import { sweepTrial } from "../src/trial/sweep-trial.ts";
import type { Trial } from "../src/trial/trial.ts";
import { vlanProfile } from "../src/trial/vlan-profile.ts";

/** What the recommendation says nothing about, yet a reviewer of VLANs wants to know (`observed` beside the verdict). */
const observed = /^observe /;

/**
 * VM-VN-R1 (SP 800-125B draft, section 2.6): "In all VLAN deployments, the switch (physical switch connecting to
 * virtualized host) port configuration should be VLAN aware i.e., its configuration should reflect the VLAN profile of
 * the connected virtualized host." Section 2.4.2 gives the reason: the port "must exactly match the VLANs defined on the
 * virtual switches inside that virtualized host"; else packets reach hypervisors that host no target for them.
 *
 * So at each physical switch port that leads to a host NIC, standby members of a bond included, the VLANs carried equal
 * the host's profile in both directions (a VLAN missing is a black hole, one too many an exposure), nothing travels
 * untagged that has no native VLAN, and no workload reaches another VLAN by tags of its own making.
 */
export const vmVnR1: Check = {
  id: "VM-VN-R1",
  requires: ["vlan-filtering"],

  appliesTo(topology: Topology): true | { readonly reason: string } {
    const carriesVlan = hostPorts(topology).some((place) => {
      const { tagged, untagged } = vlanProfile(topology, place);
      return tagged.length > 0 || (untagged !== undefined && isDivided(topology, place));
    });
    const reason = "no VLAN is carried by a physical switch port that leads to a virtualized host";
    return carriesVlan || { reason };
  },

  trials(topology: Topology): readonly Trial[] {
    const names = new Set(hostPorts(topology).map(({ switchName }) => switchName));
    const sweeps = [...names].flatMap((name) => sweepTrial(topology, name));
    return [...sweeps, ...accessTrial(topology)];
  },

  evaluate(topology: Topology, evidence: readonly Evidence[]): readonly Finding[] {
    const findings = this.trials(topology).flatMap((trial) =>
      evaluateExpectations(
        trial,
        evidence.find((item) => item.trial === trial.id),
        topology,
      ),
    );
    return mergeFindings(findings);
  },

  observe(topology: Topology, evidence: readonly Evidence[]): readonly Observation[] {
    return this.trials(topology).flatMap((trial) =>
      observeProbes(
        evidence.find((item) => item.trial === trial.id),
        ({ id }) => observed.test(id),
      ),
    );
  },
};

/** A switch whose ports are all in one segment has no VLANs to keep apart. */
function isDivided({ switches }: Topology, { switchName }: HostPort): boolean {
  const ports = switches.find(({ name }) => name === switchName)?.ports ?? [];
  const ids = ports.flatMap(({ vlans: { tagged, untagged } }) => [...tagged, untagged]);
  return new Set(ids.filter((id) => id !== undefined)).size > 1;
}
