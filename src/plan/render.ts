import {
  type BlockObject,
  blockPreference,
  type ForwardingObject,
  type ImpairmentObject,
  type LabObject,
  type LinkObject,
  type MirrorObject,
  type RulesetObject,
  type ServiceObject,
} from "./object.ts";
import type { MachinePlan, Operation, Plan } from "./operation.ts";
import {
  renderChangingLink,
  renderDeletingLink,
  renderMakingLink,
  renderPrimary,
  renderUp,
} from "./render-link.ts";
import { renderDeletingPort, renderPort } from "./render-port.ts";

/**
 * A plan in the words of iproute2 and nft: what can be typed to do the same by hand, in the order in which it is done.
 * A line that begins with `#` is no command.
 */
export function renderPlan(plan: Plan): string {
  const machines = plan.machines.map((machine) => renderMachine(machine));
  return [`# lab ${plan.lab}`, ...machines].join("\n\n").concat("\n");
}

function renderMachine({ machine, operations }: MachinePlan): string {
  const count = operations.length === 1 ? "1 operation" : `${operations.length} operations`;
  return [`# machine ${machine}: ${count}`, ...renderOperations(operations)].join("\n");
}

/**
 * Operations done in one go. Primary members are named when all links are there, and new links come up when VLANs, rules
 * and addresses are.
 */
export function renderOperations(operations: readonly Operation[]): readonly string[] {
  const lines: string[] = [];
  const waiting = { primaries: [] as string[], ups: [] as string[] };
  const made = new Set<string>();
  const gone = new Set<string>();
  for (const operation of operations) {
    const { act, object } = operation;
    if (act === "delete" && object.kind === "link" && object.type === "veth") {
      const isGone = gone.has(`${object.namespace} ${object.name}`);
      lines.push(isGone ? goneWithPeer(object) : renderDeletingLink(object));
      gone.add(`${object.peer.namespace} ${object.peer.name}`);
      continue;
    }
    if (act !== "delete") lines.push(...nowDue(object, waiting));
    if (act !== "create" || object.kind !== "link") {
      lines.push(...renderOperation(operation));
      continue;
    }
    lines.push(...renderMakingLink(object, made.has(`${object.namespace} ${object.name}`)));
    if (object.type === "veth") made.add(`${object.peer.namespace} ${object.peer.name}`);
    waiting.primaries.push(...renderPrimary(object));
    waiting.ups.push(...renderUp(object));
  }
  return joinSysctls([...lines, ...waiting.primaries, ...waiting.ups]);
}

function goneWithPeer({ namespace, name }: LinkObject): string {
  return `# ${namespace} ${name} went with its far end`;
}

/** What has waited for the links before it, and now has to be done before `object` is made. */
function nowDue(
  object: LabObject,
  { primaries, ups }: { readonly primaries: string[]; readonly ups: string[] },
): readonly string[] {
  const due = isAfterLinks(object) ? primaries.splice(0) : [];
  const isAfterUp = object.kind === "route" || object.kind === "service";
  return isAfterUp ? [...due, ...ups.splice(0)] : due;
}

/** Keys of one namespace, one after the other, on one line. */
function joinSysctls(lines: readonly string[]): readonly string[] {
  const joined: string[] = [];
  for (const line of lines) {
    const [, command] = /^(ip netns exec \S+ sysctl (?:-e )?-w )/.exec(line) ?? [];
    const last = joined.at(-1);
    if (command !== undefined && last?.startsWith(command)) {
      joined[joined.length - 1] = `${last} ${line.slice(command.length)}`;
    } else joined.push(line);
  }
  return joined;
}

function isAfterLinks(object: LabObject): boolean {
  return object.kind !== "namespace" && object.kind !== "sysctl" && object.kind !== "link";
}

/** One operation by itself. */
export function renderOperation(operation: Operation): readonly string[] {
  switch (operation.act) {
    case "create":
      return renderMaking(operation.object, undefined);
    case "set":
      return renderMaking(operation.object, operation.was);
    case "delete":
      return renderDeleting(operation.object);
    default:
      return operation satisfies never;
  }
}

function renderMaking(object: LabObject, was: LabObject | undefined): readonly string[] {
  switch (object.kind) {
    case "namespace":
      return [`ip netns add ${object.namespace} # node ${object.node}`];
    case "link":
      if (was?.kind === "link") return renderChangingLink(object, was);
      return [...renderMakingLink(object, false), ...renderPrimary(object), ...renderUp(object)];
    case "bridge-port":
      return renderPort(object, was?.kind === "bridge-port" ? was : undefined);
    case "address":
      return [`ip -n ${object.namespace} address add ${object.address} dev ${object.link}`];
    case "route": {
      const verb = was === undefined ? "add" : "replace";
      return [`ip -n ${object.namespace} route ${verb} ${object.destination} via ${object.via}`];
    }
    case "sysctl": {
      // -e: a key that is not there is no error.
      const flag = object.optional ? "-e " : "";
      return [inNamespace(object, `sysctl ${flag}-w ${object.key}=${object.value}`)];
    }
    case "forwarding":
      return [renderForwarding(object, "append")];
    case "mirror":
      return [clsact(object), `${filter(object, "replace")} ${mirrorWords(object)}`];
    case "impairment":
      return [renderImpairment(object)];
    case "block":
      return renderBlock(object, was?.kind === "block" ? was : undefined);
    case "ruleset":
      return renderRuleset(object, was !== undefined);
    case "service":
      return [renderService(object, "listens on")];
    default:
      return object satisfies never;
  }
}

function renderDeleting(object: LabObject): readonly string[] {
  switch (object.kind) {
    case "namespace":
      return [`ip netns delete ${object.namespace}`];
    case "link":
      return [renderDeletingLink(object)];
    case "bridge-port":
      return renderDeletingPort(object);
    case "address":
      return [`ip -n ${object.namespace} address delete ${object.address} dev ${object.link}`];
    case "route":
      return [`ip -n ${object.namespace} route delete ${object.destination} via ${object.via}`];
    case "sysctl":
      return [`# ${object.namespace} ${object.key} goes with its interface or namespace`];
    case "forwarding":
      return [renderForwarding(object, "delete")];
    case "mirror":
      return [filter(object, "delete")];
    case "impairment":
      return [`tc -n ${object.namespace} qdisc delete dev ${object.link} root`];
    case "block":
      return object.hooks.map((hook) => filter(blockAt(object, hook), "delete"));
    case "ruleset":
      return [inNamespace(object, `nft delete table ${object.family} ${object.table}`)];
    case "service":
      return [renderService(object, "no longer listens on")];
    default:
      return object satisfies never;
  }
}

function inNamespace({ namespace }: LabObject, command: string): string {
  return `ip netns exec ${namespace} ${command}`;
}

function renderForwarding(
  { namespace, link, mac, destination }: ForwardingObject,
  act: "append" | "delete",
): string {
  const where = destination === undefined ? "master static" : `dst ${destination} self permanent`;
  return `bridge -n ${namespace} fdb ${act} ${mac} dev ${link} ${where}`;
}

type FilterPlace = Pick<MirrorObject, "namespace" | "link" | "hook" | "preference">;

function clsact({ namespace, link }: Pick<FilterPlace, "namespace" | "link">): string {
  return `tc -n ${namespace} qdisc replace dev ${link} clsact`;
}

function filter({ namespace, link, hook, preference }: FilterPlace, act: string): string {
  return `tc -n ${namespace} filter ${act} dev ${link} ${hook} protocol all pref ${preference}`;
}

function mirrorWords({ to }: MirrorObject): string {
  return `matchall action mirred egress mirror dev ${to} continue`;
}

function blockAt({ namespace, link }: BlockObject, hook: "ingress" | "egress"): FilterPlace {
  return { namespace, link, hook, preference: blockPreference };
}

function renderBlock(object: BlockObject, was: BlockObject | undefined): readonly string[] {
  const surplus = (was?.hooks ?? []).filter((hook) => !object.hooks.includes(hook));
  const missing = object.hooks.filter((hook) => was?.hooks.includes(hook) !== true);
  return [
    ...(was === undefined ? [clsact(object)] : []),
    ...surplus.map((hook) => filter(blockAt(object, hook), "delete")),
    ...missing.map((hook) => `${filter(blockAt(object, hook), "add")} matchall action drop`),
  ];
}

function renderImpairment(object: ImpairmentObject): string {
  const { namespace, link, delay, jitter, loss, rate } = object;
  const words = [
    ...(delay > 0 || jitter > 0 ? [`delay ${delay}us`] : []),
    ...(jitter > 0 ? [`${jitter}us`] : []),
    ...(loss > 0 ? [`loss ${loss}%`] : []),
    ...(rate > 0 ? [`rate ${rate}bit`] : []),
  ];
  const what = ["netem limit 10000", ...words].join(" ");
  return `tc -n ${namespace} qdisc replace dev ${link} root ${what}`;
}

/** A table is replaced as a whole, in one transaction. */
function renderRuleset(object: RulesetObject, isReplaced: boolean): readonly string[] {
  const { family, table, body } = object;
  return [
    inNamespace(object, "nft -f - <<'END'"),
    ...(isReplaced ? [`delete table ${family} ${table}`] : []),
    `table ${family} ${table} {`,
    ...body.trimEnd().split("\n"),
    "}",
    "END",
  ];
}

function renderService({ namespace, protocol, port }: ServiceObject, verb: string): string {
  return `# ${namespace} ${verb} ${protocol}/${port}, sending back what comes`;
}
