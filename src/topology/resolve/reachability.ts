import type { Path } from "../diagnostic.ts";
import { suggestion } from "../did-you-mean.ts";
import { indexed } from "../source/indexed.ts";
import type { Reachability, ReachabilityRule, Workload } from "../topology.ts";
import type { WrittenReachabilityRule, WrittenSelector, WrittenTopology } from "../written.ts";
import type { Context } from "./context.ts";
import { labelsOf, labelsText, matchesLabels } from "./labels.ts";
import { isList } from "./node-index.ts";
import { serviceOf } from "./workloads.ts";

type Selectable = Omit<Workload, "firewall" | "routes">;

export function resolveReachability(
  context: Context,
  written: WrittenTopology,
  workloads: readonly Selectable[],
): Reachability {
  const rules = (key: "allowed" | "forbidden"): readonly ReachabilityRule[] =>
    indexed(written.reachability?.[key] ?? []).flatMap(([index, form]) =>
      resolveRule(context, ["reachability", key, index], form, workloads),
    );
  const allowed = rules("allowed");
  const forbidden = rules("forbidden");
  if (written.reachability?.default !== "forbidden") return { allowed, forbidden };
  return { allowed, forbidden: [...forbidden, ...theRest(context, allowed, forbidden, workloads)] };
}

function resolveRule(
  context: Context,
  path: Path,
  form: WrittenReachabilityRule,
  workloads: readonly Selectable[],
): readonly ReachabilityRule[] {
  const from = select(context, [...path, "from"], form.from, workloads);
  const to = select(context, [...path, "to"], form.to, workloads);
  const text = form.service ?? "any";
  const service =
    text === "any" || text === "icmp" ? text : serviceOf(context, [...path, "service"], text);
  if (from.length === 0 || to.length === 0 || service === undefined) return [];
  if (from.length === 1 && to.length === 1 && from[0] === to[0]) {
    context.report(path, `${from[0]} to itself crosses no network; name two workloads`);
    return [];
  }
  const rule: ReachabilityRule = { from, to, service, position: context.position(path) };
  context.mark(rule, path);
  return [rule];
}

function select(
  context: Context,
  path: Path,
  selector: WrittenSelector,
  workloads: readonly Selectable[],
): readonly string[] {
  if (typeof selector === "string") {
    if (selector === "all") return workloads.filter(hasAddress).map((each) => each.name);
    return selectNames(context, [[path, selector]], workloads);
  }
  if (isList(selector)) {
    const names = indexed(selector).map(([index, name]) => [[...path, index], name] as const);
    return selectNames(context, names, workloads);
  }
  const found = workloads.filter((each) => hasAddress(each) && matchesLabels(each, selector));
  if (found.length === 0)
    reportNoMatch(context, path, labelsText(selector), Object.keys(selector), workloads);
  return found.map((each) => each.name);
}

function reportNoMatch(
  context: Context,
  path: Path,
  text: string,
  keys: readonly string[],
  workloads: readonly Selectable[],
): void {
  if (keys.some((key) => context.lost.has(key))) return;
  const known = new Set(
    workloads.flatMap((each) =>
      Object.entries(labelsOf(each)).map(([key, value]) => `${key}: ${value}`),
    ),
  );
  context.report(path, `no workload with an address has ${text}; ${suggestion(text, [...known])}`);
}

function hasAddress(workload: Selectable): boolean {
  return workload.vnics.some((vnic) => vnic.addresses.length > 0);
}

function selectNames(
  context: Context,
  names: readonly (readonly [Path, string])[],
  workloads: readonly Selectable[],
): readonly string[] {
  return names.flatMap(([path, name]) => {
    const found = workloads.find((each) => each.name === name);
    if (found === undefined) {
      const known = workloads.map((each) => each.name);
      if (!context.lost.has(name))
        context.report(path, `unknown workload "${name}"; ${suggestion(name, known)}`);
      return [];
    }
    if (hasAddress(found)) return [name];
    context.report(
      path,
      `${name} has no address, so nobody can try it; give it one or leave it out`,
    );
    return [];
  });
}

/** For each workload, those that no rule of either list speaks of. */
function theRest(
  context: Context,
  allowed: readonly ReachabilityRule[],
  forbidden: readonly ReachabilityRule[],
  workloads: readonly Selectable[],
): readonly ReachabilityRule[] {
  const names = workloads.filter(hasAddress).map((each) => each.name);
  const position = context.position(["reachability", "default"]);
  return names.flatMap((from) => {
    const spoken = new Set(
      [...allowed, ...forbidden.filter((rule) => rule.service === "any")]
        .filter((rule) => rule.from.includes(from))
        .flatMap((rule) => rule.to),
    );
    const to = names.filter((name) => name !== from && !spoken.has(name));
    return to.length === 0 ? [] : [{ from: [from], to, service: "any" as const, position }];
  });
}
