import type { Topology } from "../topology.ts";
import type { WrittenTopology } from "../written.ts";
import type { Context } from "./context.ts";

/** Which machine carries a node; nothing where the file speaks of no machine. */
export function resolvePlacement(
  context: Context,
  written: WrittenTopology,
): Pick<Topology, "machines"> {
  const placed = new Map<string, string>();
  const nodes = [written.switches, written.hosts, written.routers].flatMap((each) =>
    Object.entries(each ?? {}),
  );
  for (const [name, { machine }] of nodes) {
    if (machine !== undefined) placed.set(name, machine);
  }
  placeWorkloads(context, written, placed);
  refuseMixture(context, written, placed);
  return placed.size === 0 ? {} : { machines: Object.fromEntries(placed) };
}

/** A virtualized workload goes with its host. */
function placeWorkloads(
  context: Context,
  written: WrittenTopology,
  placed: Map<string, string>,
): void {
  for (const [name, form] of Object.entries(written.workloads ?? {})) {
    const own = form?.machine;
    if (own !== undefined && form?.host !== undefined) {
      const message = `${name} is on ${form.host} and goes where that goes; write machine: ${own} there`;
      context.report(["workloads", name, "machine"], message);
    }
    const machine = placed.get(form?.host ?? "") ?? own;
    if (machine !== undefined) placed.set(name, machine);
  }
}

/** A cable between this machine and a guest would have to pass through this machine's own network. */
function refuseMixture(
  context: Context,
  written: WrittenTopology,
  placed: ReadonlyMap<string, string>,
): void {
  const nodes = (["switches", "hosts", "routers", "workloads"] as const).flatMap((kind) =>
    Object.keys(written[kind] ?? {}).map((name) => ({ kind, name })),
  );
  const local = nodes.find(({ name }) => placed.get(name) === "local");
  const other = nodes.find(({ name }) => placed.get(name) !== "local");
  if (local === undefined || other === undefined) return;
  const message = `${local.name} is to be on this machine and ${other.name} in a guest, and no cable can lead there; place all nodes on local, or none`;
  context.report([local.kind, local.name], message, "key");
}
