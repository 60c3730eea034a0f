import type { Context } from "../resolve/context.ts";
import type { Topology } from "../topology.ts";
import type { WrittenTopology } from "../written.ts";

/** Reports every fault that shows only when the whole network is looked at. */
export function refusals(_context: Context, _written: WrittenTopology, _topology: Topology): void {}
