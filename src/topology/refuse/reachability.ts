import type { Context } from "../resolve/context.ts";
import type { ReachabilityRule, Service, Topology } from "../topology.ts";

/** Pairs both allowed and forbidden, and allowed services that nobody offers: no network could satisfy them. */
export function refuseContradictions(context: Context, topology: Topology): void {
  const { allowed, forbidden } = topology.reachability;
  for (const rule of forbidden) {
    const path = context.pathOf(rule);
    if (path.length === 0) continue;
    for (const other of allowed) {
      const pair = commonPair(rule, other);
      if (pair === undefined || !overlap(rule.service, other.service)) continue;
      const message = `${pair[0]} -> ${pair[1]} (${word(rule.service)}) is allowed as ${word(other.service)} at ${other.position}; a pair is one or the other, so narrow one of the rules`;
      context.report(path, message);
      break;
    }
  }
  for (const rule of allowed) refuseUnoffered(context, topology, rule);
}

function commonPair(
  a: ReachabilityRule,
  b: ReachabilityRule,
): readonly [string, string] | undefined {
  for (const from of a.from) {
    if (!b.from.includes(from)) continue;
    const to = a.to.find((name) => name !== from && b.to.includes(name));
    if (to !== undefined) return [from, to];
  }
  return undefined;
}

function word(service: ReachabilityRule["service"]): string {
  return typeof service === "string" ? service : `${service.protocol}/${service.port}`;
}

function overlap(a: ReachabilityRule["service"], b: ReachabilityRule["service"]): boolean {
  return a === "any" || b === "any" || word(a) === word(b);
}

function refuseUnoffered(context: Context, topology: Topology, rule: ReachabilityRule): void {
  const { service } = rule;
  if (typeof service === "string") return;
  const same = (each: Service): boolean => word(each) === word(service);
  const without = rule.to.filter((name) => {
    const workload = topology.workloads.find((each) => each.name === name);
    return workload !== undefined && !workload.services.some(same);
  });
  if (without.length === 0 || context.lost.has("services")) return;
  const verb = without.length === 1 ? "does" : "do";
  const message = `${without.join(", ")} ${verb} not listen on ${word(service)}, so nobody would answer; add it to services, or allow something else`;
  context.report([...context.pathOf(rule), "service"], message);
}
