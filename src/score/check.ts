import type { Evidence } from "../evidence/evidence.ts";
import type { Topology } from "../topology/topology.ts";
import type { Trial } from "../trial/trial.ts";
import type { Finding, Observation } from "./finding.ts";

/** `VM-VN-R1`; of the draft of 2015-09-28. */
export type RecommendationId = `VM-${"VN" | "MP" | "FW" | "TM"}-R${number}`;

/** A recommendation, or the matrix of intended reachability that stands beside them. */
export type CheckId = RecommendationId | "reachability";

/** What a check needs of the machine. */
export type Feature = "vlan-filtering" | "bonding" | "mirror" | "pci";

/** One recommendation. All functions are pure: the lab does the work between them. */
export type Check = {
  readonly id: CheckId;
  readonly requires: readonly Feature[];
  appliesTo(topology: Topology): true | { readonly reason: string };
  trials(topology: Topology): readonly Trial[];
  evaluate(topology: Topology, evidence: readonly Evidence[]): readonly Finding[];
  /** What is worth knowing beside the verdict. */
  observe?(topology: Topology, evidence: readonly Evidence[]): readonly Observation[];
};
