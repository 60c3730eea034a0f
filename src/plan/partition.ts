import type { Topology } from "../topology/topology.ts";
import { LabError } from "../units/lab-error.ts";
import { diff } from "./diff.ts";
import { nameParts, namespaceOf } from "./names.ts";
import type { LabObject } from "./object.ts";
import type { Plan } from "./operation.ts";

export type MachineObjects = {
  readonly machine: string;
  readonly objects: readonly LabObject[];
};

/**
 * Deals out a plan's objects to the machines that carry their nodes, machines in the order of their first node.
 *
 * @throws LabError for a cable between two machines, which nothing can make yet.
 */
export function partition(
  topology: Topology,
  objects: readonly LabObject[],
  machineOf: (node: string) => string,
): readonly MachineObjects[] {
  const machines = new Map<string, string>();
  for (const node of nameParts(topology).interfaces.keys()) {
    machines.set(namespaceOf(topology.name, node), machineOf(node));
  }
  const groups = Map.groupBy(objects, ({ namespace }) => {
    const machine = machines.get(namespace);
    if (machine === undefined) throw new Error(`${namespace} belongs to no node`);
    return machine;
  });
  for (const object of objects) {
    if (object.kind === "link" && object.type === "veth") refuseBetween(object, machines);
  }
  return [...groups].map(([machine, own]) => ({ machine, objects: own }));
}

function refuseBetween(
  link: Extract<LabObject, { readonly type: "veth" }>,
  machines: ReadonlyMap<string, string>,
): void {
  const [near, far] = [link.namespace, link.peer.namespace].map((each) => machines.get(each));
  if (near === far) return;
  throw new LabError(
    "LAB_E_PLAN_BETWEEN_MACHINES",
    `the cable ${link.namespace}:${link.name} - ${link.peer.namespace}:${link.peer.name} would run between the machines ${near} and ${far}`,
    { fix: "put both of its ends on one machine", exitCode: 2 },
  );
}

/** The plan that makes `objects` where nothing is yet. */
export function planOf(
  topology: Topology,
  objects: readonly LabObject[],
  machineOf: (node: string) => string,
): Plan {
  return {
    lab: topology.name,
    machines: partition(topology, objects, machineOf).map(({ machine, objects: own }) => ({
      machine,
      operations: diff(own, []),
    })),
  };
}
