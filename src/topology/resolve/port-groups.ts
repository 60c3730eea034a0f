import { type VlanId, vlanId } from "../../units/vlan-id.ts";
import type { Path } from "../diagnostic.ts";
import { suggestion } from "../did-you-mean.ts";
import { indexed } from "../source/indexed.ts";
import type { PortGroup } from "../topology.ts";
import type { VlanRef, WrittenPortGroup, WrittenVirtualSwitch } from "../written.ts";
import { type Context, lookUp } from "./context.ts";
import { isList } from "./node-index.ts";
import { portGroupWords, type Segments, vlanOf } from "./segments.ts";

/** A port group with what its resolved form does not say: whether it crosses the uplink without a tag. */
export type GroupDraft = {
  readonly group: PortGroup;
  readonly crosses: "tagged" | "untagged" | "never";
};

type Meaning =
  | { readonly kind: "vlan"; readonly reference: VlanRef; readonly path: Path }
  | { readonly kind: "overlay"; readonly name: string; readonly path: Path }
  | { readonly kind: "untagged" | "internal" };

export function resolvePortGroups(
  context: Context,
  path: Path,
  form: WrittenVirtualSwitch,
  segments: Segments,
): readonly GroupDraft[] {
  const freeVlan = bridgeVlanAllocator(segments);
  const drafts = new Map<string, GroupDraft>();
  for (const [name, at, entry] of writtenGroups(path, form)) {
    if (drafts.has(name)) {
      context.report(at, `port group "${name}" is in the list already`);
      continue;
    }
    const draft = resolveGroup(
      context,
      name,
      meaningOf(context, at, entry, segments),
      segments,
      freeVlan,
    );
    if (draft !== undefined) drafts.set(name, draft);
    else context.lose(name);
  }
  return [...drafts.values()];
}

function writtenGroups(
  path: Path,
  form: WrittenVirtualSwitch,
): readonly (readonly [string, Path, WrittenPortGroup])[] {
  const groups = form.portGroups ?? [];
  const at = [...path, "portGroups"];
  if (isList(groups)) return indexed(groups).map(([index, name]) => [name, [...at, index], name]);
  return Object.entries(groups).map(([name, entry]) => [name, [...at, name], entry]);
}

function meaningOf(
  context: Context,
  path: Path,
  entry: WrittenPortGroup,
  segments: Segments,
): Meaning | undefined {
  if (typeof entry === "object") {
    if (entry.vlan !== undefined)
      return { kind: "vlan", reference: entry.vlan, path: [...path, "vlan"] };
    if (entry.overlay !== undefined)
      return { kind: "overlay", name: entry.overlay, path: [...path, "overlay"] };
    return { kind: entry.untagged === true ? "untagged" : "internal" };
  }
  const text = String(entry);
  const word = portGroupWords.find((known) => known === text);
  if (word !== undefined) return { kind: word };
  if (segments.overlays.has(text)) return { kind: "overlay", name: text, path };
  if (segments.vlans.has(text) || /^\d+$/.test(text))
    return { kind: "vlan", reference: entry, path };
  if (!context.lost.has(text)) {
    const known = [...segments.vlans.keys(), ...segments.overlays.keys(), ...portGroupWords];
    context.report(path, `unknown VLAN or overlay "${text}"; ${suggestion(text, known)}`);
  }
  return undefined;
}

function resolveGroup(
  context: Context,
  name: string,
  meaning: Meaning | undefined,
  segments: Segments,
  freeVlan: (what: string) => VlanId,
): GroupDraft | undefined {
  switch (meaning?.kind) {
    case undefined:
      return undefined;
    case "vlan": {
      const vlan = vlanOf(context, meaning.path, meaning.reference, segments);
      if (vlan === undefined) return undefined;
      return { group: { name, vlan: vlan.id, bridgeVlan: vlan.id }, crosses: "tagged" };
    }
    case "overlay": {
      const overlay = lookUp(context, meaning.path, "overlay", meaning.name, segments.overlays);
      if (overlay === undefined) return undefined;
      const bridgeVlan = freeVlan(`overlay ${overlay.name}`);
      return { group: { name, overlay: overlay.name, bridgeVlan }, crosses: "never" };
    }
    case "untagged":
      return { group: { name, bridgeVlan: freeVlan("untagged") }, crosses: "untagged" };
    case "internal":
      return { group: { name, bridgeVlan: freeVlan(`internal ${name}`) }, crosses: "never" };
    default:
      return meaning satisfies never;
  }
}

/** Ids from 4094 downwards that no VLAN of the file has; the same one for the same segment of one switch. */
function bridgeVlanAllocator(segments: Segments): (what: string) => VlanId {
  const given = new Map<string, VlanId>();
  let next = 4094;
  return (what) => {
    const found = given.get(what);
    if (found !== undefined) return found;
    while (segments.byId.has(next) && next > 1) next--;
    const id = vlanId(next--);
    given.set(what, id);
    return id;
  };
}
