import type { Path } from "../diagnostic.ts";
import { indexed } from "../source/indexed.ts";
import type { Lag, PhysicalSwitch, PortVlans, SwitchPort } from "../topology.ts";
import type {
  VlanRef,
  WrittenLag,
  WrittenPortVlans,
  WrittenSwitch,
  WrittenTopology,
} from "../written.ts";
import type { AddressSlot } from "./addresses.ts";
import { type Context, lookUp } from "./context.ts";
import { resolvePortVlans } from "./port-vlans.ts";
import { type Segments, vlanOf } from "./segments.ts";

export function resolveSwitches(
  context: Context,
  written: WrittenTopology,
  segments: Segments,
  slots: AddressSlot[],
): readonly PhysicalSwitch[] {
  return Object.entries(written.switches ?? {}).map(([name, form]) => {
    const path = ["switches", name];
    const lags = resolveLags(context, path, name, form, segments);
    return {
      name,
      stp: form.stp ?? false,
      priority: form.priority ?? 32768,
      ports: resolvePorts(context, path, form, lags, segments),
      lags,
      interfaces: resolveInterfaces(context, path, name, form, segments, slots),
    };
  });
}

function resolveLags(
  context: Context,
  path: Path,
  node: string,
  form: WrittenSwitch,
  segments: Segments,
): readonly Lag[] {
  const ports = new Map(Object.keys(form.ports ?? {}).map((port) => [port, port]));
  const memberOf = new Map<string, string>();
  return Object.entries(form.lags ?? {}).map(([name, lag]) => {
    const at = [...path, "lags", name];
    if (ports.has(name))
      context.report(at, `${node} has a port of this name; give the LAG another`, "key");
    const members: string[] = [];
    for (const [index, member] of indexed(lag.members)) {
      const memberPath = [...at, "members", index];
      if (lookUp(context, memberPath, `port of ${node}`, member, ports) === undefined) continue;
      const other = memberOf.get(member);
      if (other === undefined) members.push(member);
      else
        context.report(
          memberPath,
          `port ${member} is a member of ${other} already; a port is in one LAG`,
        );
      memberOf.set(member, name);
    }
    const vlans = vlansOf(context, at, lag, `LAG ${name}`, segments);
    return { name, members, lacpRate: lag.lacpRate ?? "slow", vlans };
  });
}

function resolvePorts(
  context: Context,
  path: Path,
  form: WrittenSwitch,
  lags: readonly Lag[],
  segments: Segments,
): readonly SwitchPort[] {
  const lagOf = new Map(lags.flatMap((lag) => lag.members.map((member) => [member, lag] as const)));
  return Object.entries(form.ports ?? {}).map(([name, entry]) => {
    const at = [...path, "ports", name];
    const lag = lagOf.get(name);
    const short = typeof entry === "string" || typeof entry === "number";
    if (lag !== undefined) {
      if (short || Object.keys(entry ?? {}).length > 0) {
        const message = `port ${name} is a member of LAG ${lag.name}, which has the VLANs; write ${name}: {}`;
        context.report(at, message);
      }
      return { name, vlans: lag.vlans, lag: lag.name };
    }
    if (short) return { name, vlans: accessPort(context, at, entry, segments) };
    return { name, vlans: vlansOf(context, at, entry ?? {}, `port ${name}`, segments) };
  });
}

function accessPort(context: Context, path: Path, entry: VlanRef, segments: Segments): PortVlans {
  const vlan = vlanOf(context, path, entry, segments);
  return { mode: "access", tagged: [], ...(vlan === undefined ? {} : { untagged: vlan.id }) };
}

function vlansOf(
  context: Context,
  path: Path,
  form: WrittenPortVlans | WrittenLag,
  what: string,
  segments: Segments,
): PortVlans {
  const said = form.access ?? form.trunk ?? form.native;
  if (said === undefined) {
    const message = `${what} has no VLAN; write access: VLAN, or trunk: [VLAN, ...], or make it a member of a LAG`;
    if (!context.lost.has("access") && !context.lost.has("trunk"))
      context.report(path, message, "key");
  }
  return resolvePortVlans(context, path, form, segments);
}

function resolveInterfaces(
  context: Context,
  path: Path,
  node: string,
  form: WrittenSwitch,
  segments: Segments,
  slots: AddressSlot[],
): PhysicalSwitch["interfaces"] {
  return Object.entries(form.interfaces ?? {}).flatMap(([reference, written]) => {
    const at = [...path, "interfaces", reference];
    const vlan = vlanOf(context, at, reference, segments);
    if (vlan === undefined) return [];
    const slot: AddressSlot = {
      path: at,
      owner: `${node}:${vlan.name}`,
      kind: "gateway",
      network: vlan,
      written,
      families: [4, 6],
      addresses: [],
    };
    slots.push(slot);
    return [{ vlan: vlan.id, addresses: slot.addresses }];
  });
}
