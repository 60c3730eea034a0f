import { addAddress, deleteAddress } from "../machine/netlink/addresses.ts";
import {
  appendForwarding,
  deleteForwarding,
  type ForwardingEntry,
} from "../machine/netlink/forwarding.ts";
import { addRoute, deleteRoute } from "../machine/netlink/routes.ts";
import { namespaceCookie } from "../machine/netns/cookie.ts";
import { createNamespaces, deleteNamespaces, namespaceInode } from "../machine/netns/named.ts";
import { applyRules } from "../machine/nftables/nftables.ts";
import type { ForwardingObject, LabObject, LinkObject, RulesetObject } from "../plan/object.ts";
import type { Operation } from "../plan/operation.ts";
import { interfaceAddress } from "../units/ip.ts";
import { LabError } from "../units/lab-error.ts";
import { queueBridgePort, queueDeleteBridgePort } from "./bridge-port.ts";
import type { Journal } from "./journal.ts";
import {
  queueCreate,
  queueDelete,
  queueMaster,
  queueNames,
  queuePrimary,
  queueSet,
  queueUp,
} from "./link.ts";
import { Namespaces } from "./namespaces.ts";
import { type Stage, stageOf, stages } from "./stage.ts";
import { setSysctl } from "./sysctl.ts";
import * as tc from "./traffic-control.ts";

/** What listens in workloads; kept by the daemon, since a listener lives in a process. */
export type ServiceKeeper = {
  start(service: Extract<LabObject, { kind: "service" }>): void;
  stop(service: Extract<LabObject, { kind: "service" }>): void;
};

export type ApplyContext = {
  readonly journal: Journal;
  readonly services: ServiceKeeper;
};

/**
 * Does these operations on this machine, in the order that the parts need, a batch a namespace and stage. What is about
 * to be done is in the journal before the first of it is done.
 *
 * @throws AggregateError of what the kernel refused; what went before it stays, and the journal knows it.
 */
export function applyOperations(operations: readonly Operation[], context: ApplyContext): void {
  if (operations.length === 0) return;
  refuseTakenNames(operations);
  context.journal.write({ entry: "intent", operations });
  using namespaces = new Namespaces();
  const deletions = byStage(operations.filter(({ act }) => act === "delete"));
  for (const stage of stages.toReversed()) {
    const group = deletions.get(stage) ?? [];
    for (const { object } of group) queueDeletion(namespaces, object, context);
    namespaces.flush();
    if (stage === "namespace") endNamespaces(namespaces, group);
  }
  const makings = operations.filter(({ act }) => act !== "delete");
  createAll(makings, namespaces, context);
  const groups = byStage(makings);
  for (const stage of stages) {
    if (stage === "up") bringUp(namespaces, makings);
    makeStage(namespaces, groups.get(stage) ?? [], context);
    namespaces.flush();
  }
}

function byStage(operations: readonly Operation[]): ReadonlyMap<Stage, readonly Operation[]> {
  return Map.groupBy(operations, ({ object }) => stageOf(object));
}

function bringUp(namespaces: Namespaces, operations: readonly Operation[]): void {
  for (const { act, object } of operations) {
    if (act === "create" && object.kind === "link" && object.up) queueUp(namespaces, object);
  }
}

/** A namespace that is there before we make it is somebody else's, and stays so: `down` must never delete it. */
function refuseTakenNames(operations: readonly Operation[]): void {
  const taken = operations.flatMap(({ act, object }) =>
    act === "create" &&
    object.kind === "namespace" &&
    namespaceInode(object.namespace) !== undefined
      ? [object.namespace]
      : [],
  );
  if (taken.length === 0) return;
  throw new LabError(
    "LAB_E_NAMESPACE_TAKEN",
    `there are network namespaces of these names already: ${taken.join(", ")}`,
    { fix: "rename the lab in its file, or delete them with `ip netns delete` if they are yours" },
  );
}

function createAll(
  makings: readonly Operation[],
  namespaces: Namespaces,
  { journal }: ApplyContext,
): void {
  const names = makings.flatMap(({ object }) =>
    object.kind === "namespace" ? [object.namespace] : [],
  );
  if (names.length === 0) return;
  createNamespaces(names);
  const cookies = Object.fromEntries(names.map((name) => [name, namespaceCookie(name) ?? ""]));
  journal.write({ entry: "namespaces", cookies });
  for (const name of names) namespaces.created(name);
}

function endNamespaces(namespaces: Namespaces, group: readonly Operation[]): void {
  const names = group.flatMap(({ object }) =>
    object.kind === "namespace" ? [object.namespace] : [],
  );
  for (const name of names) namespaces.close(name);
  deleteNamespaces(names);
}

/** Links take several steps, each for all of them before the next; everything else is one. */
function makeStage(
  namespaces: Namespaces,
  group: readonly Operation[],
  context: ApplyContext,
): void {
  const links = group.flatMap((operation) =>
    operation.object.kind === "link" ? [{ ...operation, object: operation.object }] : [],
  );
  const created = links.flatMap(({ act, object }) => (act === "create" ? [object] : []));
  makeLinks(namespaces, created);
  for (const operation of links) {
    if (operation.act === "set" && operation.was.kind === "link") {
      queueSet(namespaces, operation.object, operation.was);
    }
  }
  for (const operation of group) {
    if (operation.object.kind !== "link") make(namespaces, operation, context);
  }
}

function makeLinks(namespaces: Namespaces, links: readonly LinkObject[]): void {
  if (links.length === 0) return;
  const byPlace = new Map(links.map((link) => [`${link.namespace} ${link.name}`, link]));
  for (const link of links) {
    const peer =
      link.type === "veth" ? byPlace.get(`${link.peer.namespace} ${link.peer.name}`) : undefined;
    queueCreate(namespaces, link, peer);
  }
  namespaces.flush();
  for (const link of links) {
    queueNames(namespaces, link, link.altnames);
    if (link.master !== undefined) queueMaster(namespaces, link);
  }
  for (const link of links) queuePrimary(namespaces, link);
}

function make(namespaces: Namespaces, operation: Operation, context: ApplyContext): void {
  const { object } = operation;
  const was = operation.act === "set" ? operation.was : undefined;
  switch (object.kind) {
    case "namespace":
    case "link":
      return;
    case "bridge-port":
      queueBridgePort(namespaces, object, was?.kind === "bridge-port" ? was : undefined);
      return;
    case "address":
      namespaces.queue(object.namespace, addAddress(addressEntry(namespaces, object)), ["EEXIST"]);
      return;
    case "route":
      namespaces.queue(
        object.namespace,
        addRoute({ destination: object.destination, via: object.via }),
      );
      return;
    case "sysctl":
      setSysctl(object);
      return;
    case "forwarding":
      namespaces.queue(object.namespace, appendForwarding(forwardingEntry(namespaces, object)), [
        "EEXIST",
      ]);
      return;
    case "mirror":
      if (was?.kind === "mirror") tc.queueDeleteMirror(namespaces, was);
      tc.queueMirror(namespaces, object);
      return;
    case "impairment":
      tc.queueImpairment(namespaces, object);
      return;
    case "block":
      if (was?.kind === "block") tc.queueDeleteBlock(namespaces, was);
      tc.queueBlock(namespaces, object);
      return;
    case "ruleset":
      applyRules(object.namespace, `${withoutTable(object)}${tableText(object)}`);
      return;
    case "service":
      context.services.start(object);
      return;
    default:
      object satisfies never;
  }
}

function queueDeletion(namespaces: Namespaces, object: LabObject, context: ApplyContext): void {
  switch (object.kind) {
    case "namespace":
    case "sysctl": // a key cannot be deleted; its namespace goes, or it keeps its value
      return;
    case "link":
      queueDelete(namespaces, object);
      return;
    case "bridge-port":
      queueDeleteBridgePort(namespaces, object);
      return;
    case "address":
      if (namespaces.has(object.namespace, object.link)) {
        namespaces.queue(object.namespace, deleteAddress(addressEntry(namespaces, object)), [
          "EADDRNOTAVAIL",
          "ENODEV",
        ]);
      }
      return;
    case "route":
      namespaces.queue(
        object.namespace,
        deleteRoute({ destination: object.destination, via: object.via }),
        ["ESRCH", "ENODEV"],
      );
      return;
    case "forwarding":
      if (namespaces.has(object.namespace, object.link)) {
        const entry = forwardingEntry(namespaces, object);
        namespaces.queue(object.namespace, deleteForwarding(entry), ["ENOENT", "ENODEV"]);
      }
      return;
    case "mirror":
      tc.queueDeleteMirror(namespaces, object);
      return;
    case "impairment":
      tc.queueDeleteImpairment(namespaces, object);
      return;
    case "block":
      tc.queueDeleteBlock(namespaces, object);
      return;
    case "ruleset":
      applyRules(object.namespace, withoutTable(object));
      return;
    case "service":
      context.services.stop(object);
      return;
    default:
      object satisfies never;
  }
}

function addressEntry(
  namespaces: Namespaces,
  object: Extract<LabObject, { kind: "address" }>,
): Parameters<typeof addAddress>[0] {
  const index = namespaces.index(object.namespace, object.link);
  return { index, ...interfaceAddress(object.address) };
}

function forwardingEntry(namespaces: Namespaces, object: ForwardingObject): ForwardingEntry {
  const { namespace, link, mac, destination } = object;
  return {
    on: destination === undefined ? "bridge" : "device",
    index: namespaces.index(namespace, link),
    mac,
    ...(destination === undefined ? {} : { remote: destination }),
  };
}

/** `add` then `delete` deletes a table whether or not it is there; one transaction with what follows. */
function withoutTable({ family, table }: RulesetObject): string {
  return `add table ${family} ${table}\ndelete table ${family} ${table}\n`;
}

/** The text that makes a table. */
export function tableText({ family, table, body }: RulesetObject): string {
  return `table ${family} ${table} {\n${body}\n}\n`;
}
