import type { RecommendationId } from "./check.ts";

/** What is known of a recommendation besides how it is tried. */
export type CatalogueEntry = {
  readonly id: RecommendationId;
  readonly title: string;
  /** Of the draft of 2015-09-28. */
  readonly section: string;
  /** Required ones decide the score; advisory ones ("preferable", "facilitates") stand apart. */
  readonly level: "required" | "advisory";
  /** When it applies. */
  readonly condition: string;
  readonly remediation: string;
  /** Other names; none has been checked against the final publication. */
  readonly aliases: readonly { readonly id: string; readonly verified: boolean }[];
  /** The project's own mapping, no claim of any standard's authors. */
  readonly mapping: {
    readonly sp800_53r5: readonly string[];
    readonly supporting: readonly string[];
    readonly pciDss4: readonly string[];
  };
};
