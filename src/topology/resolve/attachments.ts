import type { Path } from "../diagnostic.ts";
import { suggestion } from "../did-you-mean.ts";
import type { PhysicalSwitch, Vnic } from "../topology.ts";
import type { WrittenVnic } from "../written.ts";
import type { Network } from "./addresses.ts";
import { type Context, lookUp } from "./context.ts";
import type { HostDraft } from "./hosts.ts";
import type { Cabling } from "./links.ts";
import type { GroupDraft } from "./port-groups.ts";
import type { Segments } from "./segments.ts";
import type { SwitchDraft } from "./virtual-switches.ts";

export type Attached = {
  readonly attachment: NonNullable<Vnic["attachment"]>;
  readonly network: Network | undefined;
};

/** What networks are found with. */
export type Fabric = {
  readonly segments: Segments;
  readonly switches: readonly PhysicalSwitch[];
  readonly cabling: Cabling;
};

/** Attaches a vNIC to a port group of its host. */
export function attach(
  context: Context,
  path: Path,
  form: WrittenVnic,
  host: HostDraft,
  fabric: Fabric,
): Attached | undefined {
  const candidates = candidateSwitches(context, path, form, host);
  if (candidates === undefined) return undefined;
  const found = candidates.flatMap((draft) =>
    draft.groups
      .filter((entry) => form.portGroup === undefined || entry.group.name === form.portGroup)
      .map((entry) => ({ draft, entry })),
  );
  const [only, another] = found;
  if (only !== undefined && another === undefined) {
    return {
      attachment: { switch: only.draft.result.name, portGroup: only.entry.group.name },
      network: networkOfGroup(only.entry, only.draft, host, fabric),
    };
  }
  reportAttachment(context, path, form, host, candidates, found.length);
  return undefined;
}

function candidateSwitches(
  context: Context,
  path: Path,
  form: WrittenVnic,
  host: HostDraft,
): readonly SwitchDraft[] | undefined {
  if (form.switch === undefined) {
    if (form.portGroup !== undefined) return host.switches;
    const message = `on host ${host.name} it needs a place: portGroup: NAME (or switch: NAME where the switch has one port group)`;
    context.report(path, message, "key");
    return undefined;
  }
  const table = new Map(host.switches.map((draft) => [draft.result.name, draft]));
  const what = `virtual switch of ${host.name}`;
  const found = lookUp(context, [...path, "switch"], what, form.switch, table);
  return found === undefined ? undefined : [found];
}

function reportAttachment(
  context: Context,
  path: Path,
  form: WrittenVnic,
  host: HostDraft,
  candidates: readonly SwitchDraft[],
  count: number,
): void {
  const names = [
    ...new Set(candidates.flatMap((draft) => draft.groups.map((entry) => entry.group.name))),
  ];
  const switches = candidates.map((draft) => draft.result.name).join(", ");
  if (form.portGroup === undefined) {
    const message = `switch ${form.switch} has ${count === 0 ? "no port group" : "several port groups"}; say which: portGroup: ${names[0] ?? "NAME"}`;
    context.report([...path, "switch"], message);
  } else if (count > 1) {
    context.report(
      [...path, "portGroup"],
      `several switches of ${host.name} have a port group "${form.portGroup}"; say which: switch: one of ${switches}`,
    );
  } else if (!context.lost.has(form.portGroup)) {
    const hint = suggestion(form.portGroup, names);
    context.report(
      [...path, "portGroup"],
      `unknown port group "${form.portGroup}" on ${host.name}; ${hint}`,
    );
  }
}

function networkOfGroup(
  entry: GroupDraft,
  draft: SwitchDraft,
  host: HostDraft,
  fabric: Fabric,
): Network | undefined {
  const { group } = entry;
  if (group.vlan !== undefined) return fabric.segments.byId.get(group.vlan);
  if (group.overlay !== undefined) return fabric.segments.overlays.get(group.overlay);
  if (entry.crosses === "never" || draft.result.uplink === undefined) return undefined;
  const bond = host.bonds.find((candidate) => candidate.name === draft.result.uplink);
  return untaggedNetwork(host.name, bond?.members ?? [draft.result.uplink], fabric);
}

/** The VLAN that untagged frames of a node's NICs enter at the other end of their cables. */
export function untaggedNetwork(
  node: string,
  nics: readonly string[],
  fabric: Fabric,
): Network | undefined {
  for (const nic of nics) {
    const peer = fabric.cabling.get(`${node}:${nic}`)?.peer;
    const far = fabric.switches.find((candidate) => candidate.name === peer?.node);
    const id = far?.ports.find((port) => port.name === peer?.port)?.vlans.untagged;
    const vlan = id === undefined ? undefined : fabric.segments.byId.get(id);
    if (vlan !== undefined) return vlan;
  }
  return undefined;
}
