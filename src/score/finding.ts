export type Outcome = "pass" | "fail" | "inconclusive" | "not-applicable" | "error";

/** What one look at one subject showed (contract 2; additive only). */
export type Finding = {
  readonly subject: string;
  readonly outcome: Outcome;
  readonly expected: string;
  readonly observed: string;
  readonly remediation?: string;
  readonly control?: { readonly outcome: Outcome; readonly evidence: readonly EvidenceRef[] };
  readonly evidence: readonly EvidenceRef[];
  /** Wireshark display filter: shows the frames, or for an absence shows nothing. */
  readonly filter?: string;
  /** The path the failing packet took, one line: `web1:eth0 > hv1:web1:eth0 > hv1:p0 > tor1:hv1 (lost after)`. */
  readonly path?: string;
  /** Known and accepted for now; the outcome stays what it is. */
  readonly waived?: { readonly reason: string; readonly expires: string };
};

export type EvidenceRef =
  | {
      readonly recording: string;
      readonly sha256: string;
      readonly point: string;
      readonly frames: readonly number[];
    }
  | { readonly facts: string; readonly sha256: string; readonly pointer: string };

/** Something worth knowing that decides nothing. */
export type Observation = {
  readonly subject: string;
  readonly observed: string;
  readonly evidence: readonly EvidenceRef[];
};
