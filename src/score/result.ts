import type { Topology, Waiver } from "../topology/topology.ts";
import type { CheckId, RecommendationId } from "./check.ts";
import type { Finding, Observation, Outcome } from "./finding.ts";

/** The result document (contract 2; additive only). */
export type Result = {
  readonly schemaVersion: 1;
  readonly toolVersion: string;
  readonly lab: string;
  /** `sha256:...` of the topology file as used. */
  readonly topologyDigest: string;
  readonly machines: readonly MachineSummary[];
  readonly startedAt: string;
  /** Mean over required recommendations; null where none could be scored. */
  readonly score: number | null;
  /** The same over advisory ones. */
  readonly advisoryScore: number | null;
  readonly coverage: Coverage;
  readonly recommendations: readonly RecommendationResult[];
  readonly reachability?: MatrixResult;
  /** Recommendations of the catalogue that were not looked at, and why. */
  readonly notTried: readonly { readonly id: RecommendationId; readonly reason: string }[];
  readonly waivers: readonly WaiverState[];
  /** Where an outcome differs from what the topology file expects of it. */
  readonly unexpected: readonly UnexpectedOutcome[];
};

export type MachineSummary = {
  readonly name: string;
  readonly kind: string;
  readonly kernel?: string;
  /** Why this machine was chosen, one line. */
  readonly reason?: string;
};

export type Coverage = {
  /** Ended in pass or fail. */
  readonly assessed: number;
  readonly applicable: number;
  readonly total: number;
};

export type RecommendationResult = {
  readonly id: RecommendationId;
  readonly level: "required" | "advisory";
  readonly outcome: Outcome;
  readonly score: number | null;
  readonly reason: string;
  /** Every failing finding is waived. */
  readonly waived?: boolean;
  readonly findings: readonly Finding[];
  readonly observations: readonly Observation[];
};

export type MatrixResult = Omit<RecommendationResult, "id" | "level">;

export type WaiverState = Waiver & { readonly state: "active" | "expired" | "unused" };

export type UnexpectedOutcome = {
  readonly id: CheckId;
  readonly expected: Topology["expect"][string];
  readonly outcome: Outcome;
};

/** The document's bytes: indented, with a line end. */
export function serialiseResult(result: Result): string {
  return `${JSON.stringify(result, undefined, 2)}\n`;
}
