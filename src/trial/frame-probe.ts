import type { Mac } from "../units/mac.ts";
import { probeId } from "./point.ts";
import { broadcast, probeMac } from "./probe-mac.ts";
import type { FrameProbe, FrameTag, Point } from "./trial.ts";

/** IEEE Std 802 local experimental 2: what a probe's bare token travels in. */
const tokenEtherType = 0x88b6;

/** 802.1Q tags, outermost first. */
export function dot1q(...vids: readonly (number | "sweep")[]): readonly FrameTag[] {
  return vids.map((vid) => ({ tpid: 0x8100, vid }));
}

/** Broadcasts from an address of the sender's own choosing: a switch floods them wherever it lets them. */
export function broadcastProbe(
  id: string,
  from: Point,
  tags: readonly FrameTag[],
  options: { readonly count?: number; readonly destination?: Mac } = {},
): FrameProbe {
  return {
    kind: "frame",
    id: probeId(id),
    from,
    source: probeMac(from),
    destination: options.destination ?? broadcast,
    tags,
    etherType: tokenEtherType,
    count: options.count ?? 2,
  };
}
