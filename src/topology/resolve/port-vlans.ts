import type { Path } from "../diagnostic.ts";
import { indexed } from "../source/indexed.ts";
import type { PortVlans } from "../topology.ts";
import type { WrittenPortVlans } from "../written.ts";
import type { Context } from "./context.ts";
import { type Segments, sortedIds, vlanOf } from "./segments.ts";

const carriesNothing: PortVlans = { mode: "access", tagged: [] };

/** VLAN membership as written: an access port or a trunk, never both. */
export function resolvePortVlans(
  context: Context,
  path: Path,
  written: WrittenPortVlans,
  segments: Segments,
): PortVlans {
  if (written.access !== undefined) {
    for (const key of ["trunk", "native"] as const) {
      if (written[key] === undefined) continue;
      const message = `an access port carries one VLAN, without a tag; leave out ${key} or access`;
      context.report([...path, key], message, "key");
    }
    const vlan = vlanOf(context, [...path, "access"], written.access, segments);
    return vlan === undefined ? carriesNothing : { mode: "access", tagged: [], untagged: vlan.id };
  }
  if (written.trunk === undefined) {
    if (written.native !== undefined) {
      const message = "a native VLAN belongs to a trunk; write its allowed list as trunk: [...]";
      context.report([...path, "native"], message, "key");
    }
    return carriesNothing;
  }
  return resolveTrunk(context, path, written, written.trunk, segments);
}

function resolveTrunk(
  context: Context,
  path: Path,
  written: WrittenPortVlans,
  trunk: NonNullable<WrittenPortVlans["trunk"]>,
  segments: Segments,
): PortVlans {
  const allowed = allowedList(context, [...path, "trunk"], trunk, segments);
  if (written.native === undefined) return { mode: "trunk", tagged: sortedIds(allowed) };
  const native = vlanOf(context, [...path, "native"], written.native, segments);
  if (native === undefined) return { mode: "trunk", tagged: sortedIds(allowed) };
  if (!allowed.includes(native.id)) {
    const message = `native VLAN ${native.name} (${native.id}) is not in the allowed list; add it to trunk, or untagged frames go nowhere`;
    context.report([...path, "native"], message);
  }
  const tagged = sortedIds(allowed.filter((id) => id !== native.id));
  return { mode: "trunk", tagged, untagged: native.id };
}

function allowedList(
  context: Context,
  path: Path,
  trunk: NonNullable<WrittenPortVlans["trunk"]>,
  segments: Segments,
): readonly PortVlans["tagged"][number][] {
  if (trunk === "all") return [...segments.vlans.values()].map((vlan) => vlan.id);
  if (typeof trunk === "string") {
    context.report(path, `"${trunk}"; write a list of VLANs, [${trunk}], or the word all`);
    return [];
  }
  const ids: PortVlans["tagged"][number][] = [];
  for (const [index, reference] of indexed(trunk)) {
    const vlan = vlanOf(context, [...path, index], reference, segments);
    if (vlan === undefined) continue;
    if (ids.includes(vlan.id)) {
      context.report([...path, index], `VLAN ${vlan.name} (${vlan.id}) is in the list already`);
    }
    ids.push(vlan.id);
  }
  return ids;
}
