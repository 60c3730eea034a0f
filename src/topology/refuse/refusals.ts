import { broadcastDomains } from "../broadcast-domains.ts";
import type { Context } from "../resolve/context.ts";
import type { Topology } from "../topology.ts";
import type { WrittenTopology } from "../written.ts";
import { refuseDuplicates } from "./duplicates.ts";
import { refuseLacpFaults } from "./lacp.ts";
import { refuseLoops } from "./loops.ts";
import { refuseMirrorFaults } from "./mirrors.ts";
import { refuseDeafMonitors } from "./monitoring.ts";
import { refuseSmallMtus } from "./mtu.ts";
import { refuseOverlayFaults } from "./overlays.ts";
import { refuseContradictions } from "./reachability.ts";

/** Reports every fault that shows only when the whole network is looked at. */
export function refusals(context: Context, written: WrittenTopology, topology: Topology): void {
  const domains = broadcastDomains(topology);
  refuseDuplicates(context, written, domains);
  refuseLoops(context, topology);
  refuseDeafMonitors(context, written, topology, domains);
  refuseLacpFaults(context, topology);
  refuseOverlayFaults(context, written, topology);
  refuseSmallMtus(context, written, topology, domains);
  refuseMirrorFaults(context, written, topology);
  refuseContradictions(context, topology);
}
