import type { Evidence } from "../evidence/evidence.ts";
import type { Topology } from "../topology/topology.ts";
import type { Trial } from "../trial/trial.ts";
import type { Finding } from "./finding.ts";

/** `VM-VN-R1`; of the draft of 2015-09-28. */
export type RecommendationId = `VM-${"VN" | "MP" | "FW" | "TM"}-R${number}`;

/** What a check needs of the machine. */
export type Feature = "vlan-filtering" | "bonding" | "mirror" | "pci";

/** One recommendation. All functions are pure: the lab does the work between them. */
export type Check = {
  readonly id: RecommendationId;
  readonly requires: readonly Feature[];
  appliesTo(topology: Topology): true | { readonly reason: string };
  trials(topology: Topology): readonly Trial[];
  evaluate(topology: Topology, evidence: readonly Evidence[]): readonly Finding[];
};
