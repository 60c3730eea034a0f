import type { LabObject } from "./object.ts";

/** What has to be there before what: objects of a lower rank first. Links among themselves are put in order below. */
function rank(object: LabObject): number {
  switch (object.kind) {
    case "namespace":
      return 0;
    case "sysctl":
      return isInterfaceSysctl(object.key) ? 3 : 1;
    case "link":
      return 2;
    case "bridge-port":
      return 4;
    case "mirror":
    case "impairment":
    case "block":
      return 5;
    case "ruleset":
      return 6;
    case "forwarding":
      return 7;
    case "address":
      return 8;
    case "route":
      return 9;
    case "service":
      return 10;
    default:
      return object satisfies never;
  }
}

/** Whether a key is there only while an interface is. */
export function isInterfaceSysctl(key: string): boolean {
  return sysctlInterface(key) !== undefined;
}

/** The interface a key is about: `net/ipv6/conf/eth0/disable_ipv6` gives `eth0`. */
export function sysctlInterface(key: string): string | undefined {
  const name = /\/(?:conf|neigh)\/([^/]+)\//.exec(key)?.[1];
  return name === "all" || name === "default" ? undefined : name;
}

/**
 * The order in which objects can be made one after the other: bridges and bonds before their members, a VLAN interface
 * after what it is on. Otherwise as given. Backwards it is the order in which they can be unmade.
 */
export function inDependencyOrder(objects: readonly LabObject[]): readonly LabObject[] {
  const groups = Map.groupBy(objects, rank);
  const ranks = [...groups.keys()].sort((left, right) => left - right);
  return ranks.flatMap((each) => linksInOrder(groups.get(each) ?? []));
}

function linksInOrder(objects: readonly LabObject[]): readonly LabObject[] {
  const links = new Map<string, LabObject>();
  for (const object of objects) {
    if (object.kind === "link") links.set(`${object.namespace} ${object.name}`, object);
  }
  const ordered = new Set<LabObject>();
  const visiting = new Set<LabObject>();
  const visit = (object: LabObject): void => {
    if (ordered.has(object) || visiting.has(object)) return;
    visiting.add(object);
    for (const needed of needs(object)) {
      const found = links.get(needed);
      if (found !== undefined) visit(found);
    }
    ordered.add(object);
  };
  for (const object of objects) visit(object);
  return [...ordered];
}

function needs(object: LabObject): readonly string[] {
  if (object.kind !== "link") return [];
  const names = [object.master, object.type === "vlan" ? object.parent : undefined];
  return names.flatMap((name) => (name === undefined ? [] : [`${object.namespace} ${name}`]));
}
