import { type IpAddress, ipAddress, ipVersion } from "../../units/ip.ts";
import { milliseconds } from "../../units/milliseconds.ts";
import type { Path } from "../diagnostic.ts";
import { indexed } from "../source/indexed.ts";
import type { Bond, BondMonitor, Nic } from "../topology.ts";
import type { WrittenArp, WrittenBond, WrittenBonds, WrittenNic, WrittenNics } from "../written.ts";
import { type Context, lookUp, parsed } from "./context.ts";
import { type Cabling, defaultMtu, duration } from "./links.ts";
import type { MacAllocator } from "./macs.ts";
import { isList } from "./node-index.ts";

export function resolveNics(
  node: string,
  written: WrittenNics | undefined,
  macs: MacAllocator,
  cabling: Cabling,
): readonly Nic[] {
  if (written === undefined) return [];
  const forms: readonly (readonly [string, WrittenNic | null])[] = isList(written)
    ? written.map((name) => [name, null])
    : Object.entries(written);
  return [...new Map(forms)].map(([name, form]) => ({
    name,
    mac: macs(node, name, form?.mac),
    mtu: form?.mtu ?? cabling.get(`${node}:${name}`)?.mtu ?? defaultMtu,
    ...(form?.driver === undefined ? {} : { driver: form.driver }),
    ...(form?.bus === undefined ? {} : { bus: form.bus }),
  }));
}

type BondOwner = {
  readonly name: string;
  readonly nics: readonly Nic[];
  readonly macs: MacAllocator;
  /** Whom ARP monitoring asks where the file names no targets. */
  readonly fallbackTarget?: string;
};

export function resolveBonds(
  context: Context,
  path: Path,
  written: WrittenBonds | undefined,
  node: BondOwner,
): readonly Bond[] {
  const memberOf = new Map<string, string>();
  return Object.entries(written ?? {}).map(([name, entry]) => {
    const at = [...path, "bonds", name];
    const form: WrittenBond = isList(entry) ? { members: entry } : entry;
    if (node.nics.some((nic) => nic.name === name)) {
      context.report(at, `${node.name} has a NIC of this name; give the bond another`, "key");
    }
    refuseMisuse(context, at, form);
    const membersPath = isList(entry) ? at : [...at, "members"];
    return {
      name,
      mac: node.macs(node.name, name, form.mac),
      members: membersOf(context, membersPath, name, form, node, memberOf),
      mode: form.mode ?? "active-backup",
      monitor: monitorOf(context, at, form, node.fallbackTarget),
      ...(form.primary === undefined ? {} : { primary: form.primary }),
      lacpRate: form.lacpRate ?? "slow",
    };
  });
}

/** The NICs of a bond that are there and in no other bond; `memberOf` says which NICs are taken. */
function membersOf(
  context: Context,
  path: Path,
  bond: string,
  form: WrittenBond,
  node: BondOwner,
  memberOf: Map<string, string>,
): readonly string[] {
  const nics = new Map(node.nics.map((nic) => [nic.name, nic]));
  const members: string[] = [];
  for (const [index, member] of indexed(form.members)) {
    const at = [...path, index];
    if (lookUp(context, at, `NIC of ${node.name}`, member, nics) === undefined) continue;
    const other = memberOf.get(member);
    memberOf.set(member, bond);
    if (other === undefined) members.push(member);
    else context.report(at, `NIC ${member} is a member of ${other} already; a NIC is in one bond`);
  }
  return members;
}

const withPrimary: ReadonlySet<string> = new Set(["active-backup", "balance-tlb", "balance-alb"]);

function refuseMisuse(context: Context, path: Path, form: WrittenBond): void {
  const mode = form.mode ?? "active-backup";
  if (form.primary !== undefined) {
    const at = [...path, "primary"];
    const members = new Map(form.members.map((member) => [member, member]));
    lookUp(context, at, "member of this bond", form.primary, members);
    if (!withPrimary.has(mode)) {
      context.report(
        at,
        `mode ${mode} has no primary; active-backup, balance-tlb and balance-alb have`,
        "key",
      );
    }
  }
  if (form.lacpRate !== undefined && mode !== "802.3ad") {
    context.report([...path, "lacpRate"], `mode ${mode} speaks no LACP; only 802.3ad does`, "key");
  }
  if (form.arp !== undefined && form.mii !== undefined) {
    context.report([...path, "mii"], "a bond is monitored by mii or by arp, not by both", "key");
  }
}

const withArp: ReadonlySet<string> = new Set(["active-backup", "balance-rr", "balance-xor"]);

function monitorOf(
  context: Context,
  path: Path,
  form: WrittenBond,
  fallback: string | undefined,
): BondMonitor {
  if (form.arp !== undefined) return arpMonitor(context, path, form, form.arp, fallback);
  if (form.mii === undefined) return { kind: "mii", interval: milliseconds(100) };
  return { kind: "mii", interval: positive(context, [...path, "mii"], form.mii) };
}

function arpMonitor(
  context: Context,
  path: Path,
  form: WrittenBond,
  arp: WrittenArp,
  fallback: string | undefined,
): BondMonitor {
  const at = [...path, "arp"];
  const mode = form.mode ?? "active-backup";
  if (!withArp.has(mode)) {
    context.report(
      at,
      `mode ${mode} cannot use ARP monitoring; use mii, or mode active-backup`,
      "key",
    );
  }
  const interval = positive(context, [...at, "interval"], arp.interval);
  const targets = targetsOf(context, [...at, "targets"], arp, fallback);
  return { kind: "arp", interval, targets, validate: arp.validate ?? "all" };
}

function targetsOf(
  context: Context,
  path: Path,
  arp: WrittenArp,
  fallback: string | undefined,
): readonly IpAddress[] {
  if (arp.targets === undefined) {
    // A fallback that is no IPv4 address is reported where it stands.
    const silent: Context = { ...context, report: () => undefined };
    const target = fallback === undefined ? undefined : targetOf(silent, path, fallback);
    if (fallback !== undefined && target === undefined) context.lose("targets");
    return target === undefined ? [] : [target];
  }
  const targets = indexed(arp.targets).flatMap(([index, text]) => {
    const target = targetOf(context, [...path, index], text);
    return target === undefined ? [] : [target];
  });
  if (targets.length === 0) context.lose("targets");
  return targets;
}

/** An address that ARP can ask for; or a fault at `path`. */
export function targetOf(context: Context, path: Path, text: string): IpAddress | undefined {
  const target = parsed(context, path, () => ipAddress(text));
  if (target === undefined || ipVersion(target) === 4) return target;
  context.report(path, `${text} is IPv6; ARP monitoring asks IPv4 addresses`);
  return undefined;
}

function positive(context: Context, path: Path, text: string): BondMonitor["interval"] {
  const value = duration(context, path, text);
  if (Number(value) < 1 || !Number.isInteger(value)) {
    context.report(
      path,
      `${text}: the kernel takes whole milliseconds, 1 or more; 0 would switch monitoring off`,
    );
  }
  return value;
}
