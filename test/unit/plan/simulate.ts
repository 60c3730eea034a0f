import { dependentsOf, inventory, membersOf } from "../../../src/plan/dependents.ts";
import { isAsDesired } from "../../../src/plan/equal.ts";
import { type LabObject, objectKey } from "../../../src/plan/object.ts";
import type { Operation } from "../../../src/plan/operation.ts";

/**
 * What operations make of a list of objects, with the kernel's rules about order: nothing is made twice, changed or
 * unmade where it is not, made on or in what is not there, or unmade under what needs it.
 */
export function simulate(
  before: readonly LabObject[],
  operations: readonly Operation[],
): readonly LabObject[] {
  const state = new Map(before.map((object) => [objectKey(object), object]));
  for (const operation of operations) step(state, operation);
  return [...state.values()];
}

function step(state: Map<string, LabObject>, operation: Operation): void {
  const { act, object } = operation;
  const key = objectKey(object);
  const found = state.get(key);
  const text = `${act} ${JSON.stringify(object)}`;
  if ((found === undefined) !== (act === "create")) throw new Error(`${text}: ${found}`);
  switch (operation.act) {
    case "create":
      requireFoundation(state, object, text);
      state.set(key, object);
      return;
    case "set":
      if (found === undefined || !isAsDesired(operation.was, found)) {
        throw new Error(`${text}: it was ${JSON.stringify(found)}`);
      }
      requireFoundation(state, object, text);
      state.set(key, object);
      return;
    case "delete":
      state.delete(key);
      requireNoDependents(state, object, text);
      return;
    default:
      operation satisfies never;
  }
}

function requireFoundation(
  state: ReadonlyMap<string, LabObject>,
  object: LabObject,
  text: string,
): void {
  const { namespace } = object;
  const needs = object.kind === "namespace" ? [] : [`namespace ${namespace}`];
  const link = (name: string | undefined) =>
    name === undefined ? [] : [`link ${namespace} ${name}`];
  if (object.kind === "link") {
    needs.push(...link(object.master));
    if (object.type === "vlan") needs.push(...link(object.parent));
  }
  if (object.kind === "bridge-port") needs.push(...link(object.name));
  if ("link" in object) needs.push(...link(object.link));
  if (object.kind === "mirror") needs.push(...link(object.to));
  for (const need of needs) {
    if (!state.has(need)) throw new Error(`${text}: there is no ${need}`);
  }
  if (object.kind === "bridge-port" && !object.self) {
    const port = state.get(`link ${namespace} ${object.name}`);
    if (port?.kind !== "link" || port.master === undefined) throw new Error(`${text}: no port`);
  }
}

function requireNoDependents(
  state: ReadonlyMap<string, LabObject>,
  object: LabObject,
  text: string,
): void {
  const stock = inventory([...state.values()]);
  if (object.kind === "namespace") {
    const left = stock.byNamespace.get(object.namespace) ?? [];
    if (left.length > 0) throw new Error(`${text}: still has ${JSON.stringify(left[0])}`);
    return;
  }
  // The far end of a veth pair goes with the near one; its own deletion follows.
  const left = dependentsOf(stock, object).filter(
    (other) => other.kind !== "link" || other.type !== "veth",
  );
  const members = object.kind === "link" ? membersOf(stock, object) : [];
  const first = [...left, ...members][0];
  if (first !== undefined) throw new Error(`${text}: ${JSON.stringify(first)} needs it`);
}

/** The objects by key, for comparing two states. */
export function differences(
  desired: readonly LabObject[],
  actual: readonly LabObject[],
): readonly string[] {
  const left = new Map(desired.map((object) => [objectKey(object), object]));
  const right = new Map(actual.map((object) => [objectKey(object), object]));
  return [...new Set([...left.keys(), ...right.keys()])].filter((key) => {
    const [want, have] = [left.get(key), right.get(key)];
    return want === undefined || have === undefined || !isAsDesired(want, have);
  });
}
