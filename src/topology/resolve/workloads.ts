import type { Path } from "../diagnostic.ts";
import { indexed } from "../source/indexed.ts";
import type { Service, Vnic, Workload } from "../topology.ts";
import type { WrittenTopology, WrittenVnic, WrittenWorkload } from "../written.ts";
import type { AddressSlot, Network } from "./addresses.ts";
import { attach, type Fabric, untaggedNetwork } from "./attachments.ts";
import { type Context, lookUp } from "./context.ts";
import type { HostDraft } from "./hosts.ts";
import { defaultMtu } from "./links.ts";
import type { MacAllocator } from "./macs.ts";

/** A workload whose addresses are filled in later; rules and routes are made of them then. */
export type WorkloadDraft = Omit<Workload, "firewall" | "routes">;

export type WorkloadInput = {
  readonly hosts: readonly HostDraft[];
  readonly fabric: Fabric;
  readonly macs: MacAllocator;
  readonly slots: AddressSlot[];
  /** `node:port` of every mirror destination. */
  readonly analyzers: ReadonlySet<string>;
};

export function resolveWorkloads(
  context: Context,
  written: WrittenTopology,
  input: WorkloadInput,
): readonly WorkloadDraft[] {
  return Object.entries(written.workloads ?? {}).map(([name, entry]) => {
    const path = ["workloads", name];
    const form = entry ?? {};
    const labels = Object.entries(form.labels ?? {}).map(([key, value]) => [key, String(value)]);
    return {
      name,
      ...(form.host === undefined ? {} : { host: form.host }),
      vnics: resolveVnics(context, path, name, form, input),
      labels: Object.fromEntries(labels),
      ...(form.sensitivity === undefined ? {} : { sensitivity: form.sensitivity }),
      ...(form.tier === undefined ? {} : { tier: form.tier }),
      services: resolveServices(context, path, form),
      forwards: form.forwards ?? false,
      delaySensitive: form.delaySensitive ?? false,
      ioIntensive: form.ioIntensive ?? false,
    };
  });
}

const singleKeys = ["switch", "portGroup", "addresses", "mac", "mtu", "kernelFirewall"] as const;

/** The vNICs as written with their places: those of `vnics`, or the one whose keys stand at the workload itself. */
export function writtenVnics(
  path: Path,
  form: WrittenWorkload,
): readonly (readonly [string, Path, WrittenVnic])[] {
  if (form.vnics === undefined) return [["eth0", path, form]];
  return Object.entries(form.vnics).map(([name, vnic]) => [
    name,
    [...path, "vnics", name],
    vnic ?? {},
  ]);
}

function resolveVnics(
  context: Context,
  path: Path,
  node: string,
  form: WrittenWorkload,
  input: WorkloadInput,
): readonly Vnic[] {
  for (const key of form.vnics === undefined ? [] : singleKeys) {
    if (form[key] === undefined) continue;
    context.report(
      [...path, key],
      `with vnics, ${key} belongs to one of them; write it there`,
      "key",
    );
  }
  const host = hostOf(context, path, form, input.hosts);
  return writtenVnics(path, form).map(([name, at, vnic]) => {
    const owner = `${node}:${name}`;
    const place = placeOf(context, at, owner, vnic, form.host === undefined, host, input);
    const analyzer = input.analyzers.has(owner);
    const slot = slotFor(context, at, owner, vnic, place.network, form.forwards === true, analyzer);
    input.slots.push(slot);
    return {
      name,
      mac: input.macs(node, name, vnic.mac),
      mtu: vnic.mtu ?? input.fabric.cabling.get(owner)?.mtu ?? defaultMtu,
      ...(place.attachment === undefined ? {} : { attachment: place.attachment }),
      addresses: slot.addresses,
      analyzer,
    };
  });
}

function hostOf(
  context: Context,
  path: Path,
  form: WrittenWorkload,
  hosts: readonly HostDraft[],
): HostDraft | undefined {
  if (form.host === undefined) return undefined;
  const table = new Map(hosts.map((host) => [host.name, host]));
  const found = lookUp(context, [...path, "host"], "host", form.host, table);
  if (found === undefined) context.lose(form.host);
  return found;
}

type Place = {
  readonly attachment?: NonNullable<Vnic["attachment"]>;
  readonly network?: Network | undefined;
};

function placeOf(
  context: Context,
  path: Path,
  owner: string,
  form: WrittenVnic,
  cabled: boolean,
  host: HostDraft | undefined,
  input: WorkloadInput,
): Place {
  if (!cabled) return (host && attach(context, path, form, host, input.fabric)) ?? {};
  for (const key of ["portGroup", "switch"] as const) {
    if (form[key] === undefined || context.lost.has("host")) continue;
    context.report(
      [...path, key],
      `${key} is of a virtualized host; give the workload host: NAME, or cable it by links`,
      "key",
    );
  }
  const [node = "", port = ""] = owner.split(":");
  return { network: untaggedNetwork(node, [port], input.fabric) };
}

function slotFor(
  context: Context,
  path: Path,
  owner: string,
  form: WrittenVnic,
  network: Network | undefined,
  forwards: boolean,
  analyzer: boolean,
): AddressSlot {
  if (analyzer && form.addresses !== undefined && form.addresses.length > 0) {
    const message =
      "a mirror destination receives copies only and has no address; leave addresses out";
    context.report([...path, "addresses"], message, "key");
  }
  return {
    path: form.addresses === undefined ? path : [...path, "addresses"],
    owner,
    kind: forwards ? "gateway" : "ordinary",
    network,
    written: analyzer ? [] : form.addresses,
    families: [4, 6],
    addresses: [],
  };
}

function resolveServices(context: Context, path: Path, form: WrittenWorkload): readonly Service[] {
  const services: Service[] = [];
  for (const [index, text] of indexed(form.services ?? [])) {
    const at = [...path, "services", index];
    const service = serviceOf(context, at, text);
    if (service === undefined) continue;
    if (services.some((have) => have.protocol === service.protocol && have.port === service.port)) {
      context.report(at, `${text} is in the list already`);
    } else {
      services.push(service);
    }
  }
  return services;
}

/** `tcp/8080`; the schema has checked the form. */
export function serviceOf(context: Context, path: Path, text: string): Service | undefined {
  const [protocol, digits] = text.split("/");
  const port = Number(digits);
  if (port >= 1 && port <= 65535) return { protocol: protocol === "udp" ? "udp" : "tcp", port };
  context.report(path, `port ${digits}: use 1 to 65535`);
  return undefined;
}
