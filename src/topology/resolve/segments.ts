import { ipVersion, type Prefix, prefix } from "../../units/ip.ts";
import { type VlanId, vlanId } from "../../units/vlan-id.ts";
import { vni } from "../../units/vni.ts";
import type { Path } from "../diagnostic.ts";
import { suggestion } from "../did-you-mean.ts";
import type { Overlay, Vlan } from "../topology.ts";
import type { VlanRef, WrittenTopology } from "../written.ts";
import { type Context, parsed } from "./context.ts";

/** The VLANs and overlays of a file, which share their names. */
export type Segments = {
  readonly vlans: ReadonlyMap<string, Vlan>;
  readonly overlays: ReadonlyMap<string, Overlay>;
  readonly byId: ReadonlyMap<number, Vlan>;
};

/** The words a port group can be instead of a segment. */
export const portGroupWords = ["untagged", "internal"] as const;

const reserved: ReadonlySet<string> = new Set([
  ...portGroupWords,
  "default",
  "all",
  "any",
  "auto",
  "none",
]);

export function resolveSegments(context: Context, written: WrittenTopology): Segments {
  const { vlans, byId } = resolveVlans(context, written);
  return { vlans, byId, overlays: resolveOverlays(context, written, vlans) };
}

function resolveVlans(
  context: Context,
  written: WrittenTopology,
): Pick<Segments, "vlans" | "byId"> {
  const vlans = new Map<string, Vlan>();
  const byId = new Map<number, Vlan>();
  for (const [name, entry] of Object.entries(written.vlans ?? {})) {
    const path = ["vlans", name];
    const form = typeof entry === "number" ? { id: entry } : entry;
    const twin = byId.get(form.id);
    if (twin !== undefined) {
      const message = `VLAN id ${form.id} is that of "${twin.name}" already; give each VLAN its own`;
      context.report(typeof entry === "number" ? path : [...path, "id"], message);
    }
    refuseReserved(context, path, name);
    const purpose = form.purpose ?? "production";
    const vlan: Vlan = { name, id: vlanId(form.id), purpose, ...prefixes(context, path, form) };
    vlans.set(name, vlan);
    byId.set(form.id, twin ?? vlan);
  }
  return { vlans, byId };
}

function resolveOverlays(
  context: Context,
  written: WrittenTopology,
  vlans: ReadonlyMap<string, Vlan>,
): ReadonlyMap<string, Overlay> {
  const overlays = new Map<string, Overlay>();
  const byVni = new Map<number, string>();
  for (const [name, entry] of Object.entries(written.overlays ?? {})) {
    const path = ["overlays", name];
    const form = typeof entry === "number" ? { vni: entry } : entry;
    const twin = byVni.get(form.vni);
    if (twin !== undefined) {
      const message = `VNI ${form.vni} is that of "${twin}" already; give each overlay its own`;
      context.report(typeof entry === "number" ? path : [...path, "vni"], message);
    }
    if (vlans.has(name)) {
      context.report(path, `"${name}" is a VLAN already; give the overlay another name`, "key");
    }
    refuseReserved(context, path, name);
    overlays.set(name, { name, vni: vni(form.vni), ...prefixes(context, path, form) });
    byVni.set(form.vni, name);
  }
  return overlays;
}

function refuseReserved(context: Context, path: Path, name: string): void {
  if (reserved.has(name)) {
    context.report(path, `"${name}" has a meaning of its own here; choose another name`, "key");
  }
}

function prefixes(
  context: Context,
  path: Path,
  form: { readonly ipv4?: string; readonly ipv6?: string },
): { readonly ipv4?: Prefix; readonly ipv6?: Prefix } {
  const one = (family: 4 | 6, key: string, text: string | undefined): Prefix | undefined => {
    if (text === undefined) return undefined;
    const value = parsed(context, [...path, key], () => prefix(text));
    if (value === undefined || ipVersion(value) === family) return value;
    context.report([...path, key], `${text} is not of IPv${family}; write it under its own family`);
    return undefined;
  };
  const ipv4 = one(4, "ipv4", form.ipv4);
  const ipv6 = one(6, "ipv6", form.ipv6);
  return { ...(ipv4 === undefined ? {} : { ipv4 }), ...(ipv6 === undefined ? {} : { ipv6 }) };
}

/** The VLAN a reference means, by name or id; or a fault at `path`. */
export function vlanOf(
  context: Context,
  path: Path,
  reference: VlanRef,
  segments: Segments,
): Vlan | undefined {
  const text = String(reference);
  const found =
    segments.vlans.get(text) ?? (/^\d+$/.test(text) ? segments.byId.get(Number(text)) : undefined);
  if (found !== undefined || context.lost.has(text)) return found;
  const ids = [...segments.vlans.values()].map((vlan) => `${vlan.name} (${vlan.id})`);
  const hint =
    typeof reference === "number" || /^\d+$/.test(text)
      ? `known: ${ids.join(", ") || "none"}`
      : suggestion(text, [...segments.vlans.keys()]);
  context.report(path, `unknown VLAN "${text}"; ${hint}`);
  context.lose(text);
  return undefined;
}

/** Ascending and unique. */
export function sortedIds(ids: Iterable<VlanId>): readonly VlanId[] {
  return [...new Set(ids)].sort((a, b) => a - b);
}
