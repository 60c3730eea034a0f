import type { IpAddress } from "../../units/ip.ts";
import type { Path } from "../diagnostic.ts";
import type { Bond, Host, Nic, Vlan } from "../topology.ts";
import type { WrittenHost, WrittenManagement, WrittenTopology, WrittenVtep } from "../written.ts";
import { type AddressSlot, onLink } from "./addresses.ts";
import { resolveBonds, resolveNics, targetOf } from "./bonds.ts";
import { type Context, lookUp } from "./context.ts";
import type { Cabling } from "./links.ts";
import type { MacAllocator } from "./macs.ts";
import type { NodeIndex } from "./node-index.ts";
import { type Segments, vlanOf } from "./segments.ts";
import { resolveVirtualSwitches, type SwitchDraft } from "./virtual-switches.ts";

/** A host whose own addresses are allocated later. */
export type HostDraft = {
  readonly name: string;
  readonly nics: readonly Nic[];
  readonly bonds: readonly Bond[];
  readonly switches: readonly SwitchDraft[];
  finish(): Host;
};

export type HostInput = {
  readonly segments: Segments;
  readonly nodes: NodeIndex;
  readonly cabling: Cabling;
  readonly macs: MacAllocator;
  readonly slots: AddressSlot[];
};

/** An address of the host itself in a VLAN, through one of its virtual switches. */
type OwnAddress = { readonly vlan: Vlan; readonly switch: string; readonly slot: AddressSlot };

export function resolveHosts(
  context: Context,
  written: WrittenTopology,
  input: HostInput,
): readonly HostDraft[] {
  return Object.entries(written.hosts ?? {}).map(([name, form]) =>
    resolveHost(context, name, form, input),
  );
}

function resolveHost(
  context: Context,
  name: string,
  form: WrittenHost,
  input: HostInput,
): HostDraft {
  const path = ["hosts", name];
  const managementForm = longForm<WrittenManagement>(form.management);
  const vtepForm = longForm<WrittenVtep>(form.vtep);
  const nics = resolveNics(name, form.nics, input.macs, input.cabling);
  const target = managementForm?.target;
  const bonds = resolveBonds(context, path, form.bonds, {
    name,
    nics,
    macs: input.macs,
    ...(target === undefined ? {} : { fallbackTarget: target }),
  });
  const own = { context, path, name, form, input };
  const management = ownAddress(own, "management", managementForm, [4]);
  const sharesAddress =
    vtepForm !== undefined &&
    vtepForm.address === undefined &&
    management !== undefined &&
    vlanOf(silent(context), path, vtepForm.vlan, input.segments) === management.vlan;
  const vtep = sharesAddress ? management : ownAddress(own, "vtep", vtepForm, [4, 6]);
  const switches = resolveVirtualSwitches(context, path, name, form, { nics, bonds }, input, [
    ...(management === undefined ? [] : [management]),
    ...(vtep === undefined ? [] : [vtep]),
  ]);
  const asked =
    target === undefined ? undefined : targetOf(context, [...path, "management", "target"], target);
  return {
    name,
    nics,
    bonds,
    switches,
    finish: () => ({
      name,
      nics,
      bonds,
      ...finishManagement(management, asked, bonds),
      ...finishVtep(vtep, vtepForm?.port ?? 4789),
      switches: switches.map((draft) => draft.result),
    }),
  };
}

function silent(context: Context): Context {
  return { ...context, report: () => undefined };
}

function longForm<T extends { readonly vlan: string | number }>(
  form: T | string | number | undefined,
): (T | ({ readonly vlan: string | number } & Partial<T>)) | undefined {
  return typeof form === "string" || typeof form === "number"
    ? ({ vlan: form } as { readonly vlan: string | number } & Partial<T>)
    : form;
}

function ownAddress(
  own: {
    readonly context: Context;
    readonly path: Path;
    readonly name: string;
    readonly form: WrittenHost;
    readonly input: HostInput;
  },
  key: "management" | "vtep",
  form:
    | { readonly vlan: string | number; readonly address?: string; readonly switch?: string }
    | undefined,
  families: readonly (4 | 6)[],
): OwnAddress | undefined {
  if (form === undefined) return undefined;
  const { context, input } = own;
  const short = typeof own.form[key] !== "object";
  const path = [...own.path, key];
  const vlan = vlanOf(context, short ? path : [...path, "vlan"], form.vlan, input.segments);
  const through = switchOf(own, path, form.switch);
  if (vlan === undefined || through === undefined) return undefined;
  const wanted = vlan.ipv4 === undefined ? families : families.slice(0, 1);
  if (
    form.address === undefined &&
    wanted.every((family) => vlan[family === 4 ? "ipv4" : "ipv6"] === undefined)
  ) {
    const message = `VLAN ${vlan.name} has no ${families.length === 1 ? "IPv4 " : ""}prefix to take an address from; give ${key}.address, or the VLAN an ipv4 prefix`;
    context.report(path, message, "key");
    return undefined;
  }
  const slot: AddressSlot = {
    path: form.address === undefined ? path : [...path, "address"],
    owner: `${own.name}:${key}`,
    kind: "ordinary",
    network: vlan,
    written: form.address,
    families: form.address === undefined ? wanted : [],
    addresses: [],
  };
  input.slots.push(slot);
  return { vlan, switch: through, slot };
}

/** The switch that is named, or the only one with an uplink. */
function switchOf(
  own: { readonly context: Context; readonly name: string; readonly form: WrittenHost },
  path: Path,
  name: string | undefined,
): string | undefined {
  const { context, form } = own;
  const all = Object.entries(form.switches ?? {});
  if (name !== undefined) {
    const table = new Map(all);
    const what = `virtual switch of ${own.name}`;
    return lookUp(context, [...path, "switch"], what, name, table) === undefined ? undefined : name;
  }
  const uplinked = all.filter(([, entry]) => entry.uplink !== undefined).map(([key]) => key);
  const [only, another] = uplinked;
  if (only !== undefined && another === undefined) return only;
  if (only !== undefined) {
    context.report(
      path,
      `several virtual switches have an uplink; say which: switch: ${only}`,
      "key",
    );
  } else if (!context.lost.has("uplink")) {
    const message = `${own.name} has no virtual switch with an uplink to reach the VLAN through; give one an uplink`;
    context.report(path, message, "key");
  }
  return undefined;
}

/** The target is the one that is written, or the first of the bonds' targets that the management network holds. */
function finishManagement(
  management: OwnAddress | undefined,
  written: IpAddress | undefined,
  bonds: readonly Bond[],
): Pick<Host, "management"> {
  const address = management?.slot.addresses[0];
  if (management === undefined || address === undefined) return {};
  const asked = bonds.flatMap(({ monitor }) => (monitor.kind === "arp" ? monitor.targets : []));
  const target = written ?? asked.find((each) => onLink([address], each));
  const through = { vlan: management.vlan.id, switch: management.switch, address };
  return { management: { ...through, ...(target === undefined ? {} : { target }) } };
}

function finishVtep(vtep: OwnAddress | undefined, port: number): Pick<Host, "vtep"> {
  const address = vtep?.slot.addresses[0];
  if (vtep === undefined || address === undefined) return {};
  return { vtep: { vlan: vtep.vlan.id, switch: vtep.switch, address, port } };
}
