import type { BridgeSettings } from "./object.ts";

/** A VLAN-aware bridge; with STP a port forwards 4 s after it came up, the shortest that IEEE 802.1D allows. */
export function bridgeSettings(stp: boolean, priority: number): BridgeSettings {
  return { vlanFiltering: true, stp, priority, forwardDelay: 2000 };
}
