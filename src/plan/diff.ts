import { dependentsOf, type Inventory, inventory, membersOf, portOf } from "./dependents.ts";
import { isAsDesired, saysNothing } from "./equal.ts";
import { type LabObject, type LinkObject, objectKey } from "./object.ts";
import type { Operation } from "./operation.ts";
import { inDependencyOrder } from "./order.ts";

/**
 * What turns `actual` into `desired`, in an order in which it can be done: first what goes, dependents before what they
 * depend on, then what comes or changes. What the kernel cannot change in place goes and comes again, together with what
 * the kernel takes away with it. Nothing is done to what is as it should be.
 */
export function diff(
  desired: readonly LabObject[],
  actual: readonly LabObject[],
): readonly Operation[] {
  const wanted = byKey(desired);
  const present = byKey(actual);
  const stock = inventory([...present.values()]);
  const going = findGoing(wanted, present, stock);
  const released = findReleased(going, stock);
  return [...takings(going, released, present), ...makings(wanted, present, going, released)];
}

function byKey(objects: readonly LabObject[]): ReadonlyMap<string, LabObject> {
  const found = new Map<string, LabObject>();
  for (const object of objects) {
    if (!saysNothing(object)) found.set(objectKey(object), object);
  }
  return found;
}

/** Everything that has to go: what is not wanted, what cannot become as wanted, and what goes with these. */
function findGoing(
  wanted: ReadonlyMap<string, LabObject>,
  present: ReadonlyMap<string, LabObject>,
  stock: Inventory,
): ReadonlySet<LabObject> {
  const going = new Set<LabObject>();
  const add = (object: LabObject): void => {
    if (going.has(object)) return;
    going.add(object);
    for (const other of dependentsOf(stock, object)) add(other);
    if (object.kind !== "link") return;
    // A member outlives its master, but its life as a port does not.
    for (const member of membersOf(stock, object)) portOf(stock, member).forEach(add);
  };
  for (const [key, object] of present) {
    const goal = wanted.get(key);
    if (goal === undefined || !canBecome(object, goal)) add(object);
    else if (object.kind === "link" && goal.kind === "link" && object.master !== goal.master) {
      portOf(stock, object).forEach(add);
    }
  }
  return going;
}

/** Whether the kernel can turn one state of a thing into another without making it anew. */
function canBecome(object: LabObject, goal: LabObject): boolean {
  if (object.kind !== "link" || goal.kind !== "link") return true;
  if (object.type !== goal.type) return false;
  return rigidPart(object) === rigidPart(goal);
}

/** What of a link is decided when it is made. */
function rigidPart(link: LinkObject): string {
  switch (link.type) {
    case "veth":
      return `${link.peer.namespace} ${link.peer.name}`;
    case "wire":
      return `${link.wire}`;
    case "bond":
      return link.bond.mode === "802.3ad" ? `802.3ad ${link.bond.lacpRate}` : link.bond.mode;
    case "vlan":
      return `${link.parent} ${link.vid}`;
    case "vxlan":
      return `${link.vxlan.vni} ${link.vxlan.local} ${link.vxlan.port}`;
    case "loopback":
    case "bridge":
    case "dummy":
      return "";
    default:
      return link satisfies never;
  }
}

/** Links that stay while their bridge or bond goes. */
function findReleased(
  going: ReadonlySet<LabObject>,
  stock: Inventory,
): ReadonlyMap<LabObject, LinkObject> {
  const released = new Map<LabObject, LinkObject>();
  for (const object of going) {
    if (object.kind !== "link") continue;
    for (const member of membersOf(stock, object)) {
      if (going.has(member)) continue;
      const { master: _, ...alone } = member;
      released.set(member, alone);
    }
  }
  return released;
}

function takings(
  going: ReadonlySet<LabObject>,
  released: ReadonlyMap<LabObject, LinkObject>,
  present: ReadonlyMap<string, LabObject>,
): readonly Operation[] {
  const affected = [...present.values()].filter(
    (object) => going.has(object) || released.has(object),
  );
  return inDependencyOrder(affected)
    .toReversed()
    .map((object): Operation => {
      const alone = released.get(object);
      return alone === undefined
        ? { act: "delete", object }
        : { act: "set", object: alone, was: object };
    });
}

function makings(
  wanted: ReadonlyMap<string, LabObject>,
  present: ReadonlyMap<string, LabObject>,
  going: ReadonlySet<LabObject>,
  released: ReadonlyMap<LabObject, LinkObject>,
): readonly Operation[] {
  const known = new Set([...present.values()].map(({ namespace }) => namespace));
  return inDependencyOrder([...wanted.values()]).flatMap((object): readonly Operation[] => {
    const before = present.get(objectKey(object));
    if (before === undefined) {
      return isAbsentByNature(object, known) ? [] : [{ act: "create", object }];
    }
    if (going.has(before)) return [{ act: "create", object }];
    const now = released.get(before) ?? before;
    return isAsDesired(object, now) ? [] : [{ act: "set", object, was: now }];
  });
}

/** A key that the kernel does not have in a namespace that is there already. */
function isAbsentByNature(object: LabObject, known: ReadonlySet<string>): boolean {
  return object.kind === "sysctl" && object.optional === true && known.has(object.namespace);
}
