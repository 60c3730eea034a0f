import { addFilter, deleteFilter } from "../machine/netlink/filters.ts";
import { addClsact, impair, repair } from "../machine/netlink/qdiscs.ts";
import type { BlockObject, ImpairmentObject, MirrorObject } from "../plan/object.ts";
import type { Namespaces } from "./namespaces.ts";

/** Preference of the filters that block: before every mirror. */
export const blockPreference = 1;

const gone = ["ENOENT", "EINVAL", "ENODEV"];

export function queueMirror(namespaces: Namespaces, mirror: MirrorObject): void {
  const { namespace, link, hook, to, preference } = mirror;
  const index = namespaces.index(namespace, link);
  namespaces.queue(namespace, addClsact(index), ["EEXIST"]);
  namespaces.queue(
    namespace,
    addFilter({
      index,
      direction: hook,
      preference,
      actions: [{ kind: "mirror", to: namespaces.index(namespace, to) }],
    }),
  );
}

export function queueDeleteMirror(namespaces: Namespaces, mirror: MirrorObject): void {
  const { namespace, link, hook, preference } = mirror;
  if (!namespaces.has(namespace, link)) return;
  const index = namespaces.index(namespace, link);
  namespaces.queue(namespace, deleteFilter({ index, direction: hook, preference }), gone);
}

export function queueBlock(namespaces: Namespaces, block: BlockObject): void {
  const { namespace, link, hooks } = block;
  const index = namespaces.index(namespace, link);
  namespaces.queue(namespace, addClsact(index), ["EEXIST"]);
  for (const direction of hooks) {
    namespaces.queue(
      namespace,
      addFilter({ index, direction, preference: blockPreference, actions: [{ kind: "drop" }] }),
    );
  }
}

export function queueDeleteBlock(namespaces: Namespaces, block: BlockObject): void {
  const { namespace, link, hooks } = block;
  if (!namespaces.has(namespace, link)) return;
  const index = namespaces.index(namespace, link);
  for (const direction of hooks) {
    const place = { index, direction, preference: blockPreference };
    namespaces.queue(namespace, deleteFilter(place), gone);
  }
}

export function queueImpairment(namespaces: Namespaces, impairment: ImpairmentObject): void {
  const { namespace, link, delay, jitter, loss, rate } = impairment;
  namespaces.queue(
    namespace,
    impair(namespaces.index(namespace, link), {
      delayMs: delay / 1000,
      jitterMs: jitter / 1000,
      loss: loss / 100,
      ...(rate === 0 ? {} : { rate }),
      limit: 10_000,
    }),
  );
}

export function queueDeleteImpairment(namespaces: Namespaces, impairment: ImpairmentObject): void {
  const { namespace, link } = impairment;
  if (!namespaces.has(namespace, link)) return;
  namespaces.queue(namespace, repair(namespaces.index(namespace, link)), gone);
}
