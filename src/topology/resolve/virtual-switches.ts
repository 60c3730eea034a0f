import type { Path } from "../diagnostic.ts";
import { indexed } from "../source/indexed.ts";
import type { Bond, Mirror, Nic, PortVlans, VirtualSwitch, Vlan, VnicRef } from "../topology.ts";
import type { WrittenHost, WrittenMirror, WrittenVirtualSwitch } from "../written.ts";
import type { AddressSlot } from "./addresses.ts";
import { type Context, lookUp } from "./context.ts";
import { isList, type NodeIndex, portOf } from "./node-index.ts";
import { type GroupDraft, resolvePortGroups } from "./port-groups.ts";
import { resolvePortVlans } from "./port-vlans.ts";
import { type Segments, sortedIds } from "./segments.ts";

export type SwitchDraft = {
  readonly result: VirtualSwitch;
  readonly groups: readonly GroupDraft[];
};

type OwnVlan = { readonly vlan: Vlan; readonly switch: string };

export function resolveVirtualSwitches(
  context: Context,
  path: Path,
  host: string,
  form: WrittenHost,
  ports: { readonly nics: readonly Nic[]; readonly bonds: readonly Bond[] },
  input: { readonly segments: Segments; readonly nodes: NodeIndex; readonly slots: AddressSlot[] },
  ownVlans: readonly OwnVlan[],
): readonly SwitchDraft[] {
  const usedBy = new Map<string, string>();
  return Object.entries(form.switches ?? {}).map(([name, entry]) => {
    const at = [...path, "switches", name];
    const names = [...ports.nics, ...ports.bonds].map((port) => port.name);
    if (names.includes(name)) {
      context.report(at, `${host} has a NIC or bond of this name; give the switch another`, "key");
    }
    const uplink = uplinkOf(context, at, entry, host, ports, usedBy, name);
    const groups = resolvePortGroups(context, at, entry, input.segments);
    const own = ownVlans.filter((vlan) => vlan.switch === name).map((vlan) => vlan.vlan);
    const result: VirtualSwitch = {
      name,
      ...(uplink === undefined ? {} : { uplink }),
      uplinkVlans: uplinkVlansOf(context, at, entry, groups, own, input.segments),
      portGroups: groups.map((draft) => draft.group),
      mirrors: resolveMirrors(context, at, host, entry, input.nodes),
      stp: entry.stp ?? false,
    };
    return { result, groups };
  });
}

function uplinkOf(
  context: Context,
  path: Path,
  form: WrittenVirtualSwitch,
  host: string,
  ports: { readonly nics: readonly Nic[]; readonly bonds: readonly Bond[] },
  usedBy: Map<string, string>,
  name: string,
): string | undefined {
  if (form.uplink === undefined) return undefined;
  const at = [...path, "uplink"];
  const all = new Map([...ports.nics, ...ports.bonds].map((port) => [port.name, port]));
  if (lookUp(context, at, `NIC or bond of ${host}`, form.uplink, all) === undefined)
    return undefined;
  const bond = ports.bonds.find((candidate) => candidate.members.includes(form.uplink ?? ""));
  if (bond !== undefined) {
    const message = `${form.uplink} is a member of ${bond.name}, which owns its frames and VLANs; use the bond: uplink: ${bond.name}`;
    context.report(at, message);
    return undefined;
  }
  const other = usedBy.get(form.uplink);
  if (other !== undefined) {
    context.report(
      at,
      `${form.uplink} is the uplink of ${other} already; a NIC or bond serves one switch`,
    );
    return undefined;
  }
  usedBy.set(form.uplink, name);
  return form.uplink;
}

function uplinkVlansOf(
  context: Context,
  path: Path,
  form: WrittenVirtualSwitch,
  groups: readonly GroupDraft[],
  own: readonly Vlan[],
  segments: Segments,
): PortVlans {
  const untagged = groups.find((draft) => draft.crosses === "untagged")?.group.bridgeVlan;
  if (form.uplink === undefined) {
    if (form.uplinkVlans !== undefined) {
      const message = "this switch has no uplink; leave uplinkVlans out, or give it an uplink";
      context.report([...path, "uplinkVlans"], message, "key");
    }
    return { mode: "trunk", tagged: [] };
  }
  if (form.uplinkVlans !== undefined) {
    const at = [...path, "uplinkVlans"];
    const vlans = resolvePortVlans(context, at, form.uplinkVlans, segments);
    if (untagged === undefined) return vlans;
    if (vlans.untagged === undefined) return { ...vlans, untagged };
    const message =
      "an untagged port group is the native VLAN of its uplink already; leave one of them out";
    context.report(at, message, "key");
    return vlans;
  }
  const tagged = sortedIds([
    ...groups.filter((draft) => draft.crosses === "tagged").map((draft) => draft.group.bridgeVlan),
    ...own.map((vlan) => vlan.id),
  ]);
  if (untagged === undefined) return { mode: "trunk", tagged };
  return { mode: tagged.length === 0 ? "access" : "trunk", tagged, untagged };
}

function resolveMirrors(
  context: Context,
  path: Path,
  host: string,
  form: WrittenVirtualSwitch,
  nodes: NodeIndex,
): readonly Mirror[] {
  return Object.entries(form.mirrors ?? {}).flatMap(([name, entry]) => {
    const at = [...path, "mirrors", name];
    const destination = vnicOf(context, [...at, "destination"], entry.destination, host, nodes);
    const sources = writtenSources(at, entry).flatMap(([sourcePath, text]) => {
      const source = vnicOf(context, sourcePath, text, host, nodes);
      return source === undefined ? [] : [source];
    });
    if (destination === undefined || sources.length === 0) return [];
    return [{ name, sources, directions: entry.directions ?? "both", destination }];
  });
}

/** The sources with their places. */
export function writtenSources(
  path: Path,
  form: WrittenMirror,
): readonly (readonly [Path, string])[] {
  const at = [...path, "sources"];
  if (!isList(form.sources)) return [[at, form.sources]];
  return indexed(form.sources).map(([index, text]) => [[...at, index], text]);
}

function vnicOf(
  context: Context,
  path: Path,
  text: string,
  host: string,
  nodes: NodeIndex,
): VnicRef | undefined {
  const workloads = new Map([...nodes].filter(([, entry]) => entry.kind === "workload"));
  const found = portOf(context, path, text, workloads);
  if (found === undefined) return undefined;
  if (found.entry.host !== host) {
    const where = found.entry.host === undefined ? "on no host" : `on host ${found.entry.host}`;
    context.report(
      path,
      `${found.node} is ${where}; a port mirror copies between vNICs of ${host}`,
    );
    return undefined;
  }
  return { node: found.node, port: found.port };
}
