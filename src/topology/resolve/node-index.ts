import type { Path } from "../diagnostic.ts";
import { suggestion } from "../did-you-mean.ts";
import type { Endpoint } from "../topology.ts";
import type { Named, WrittenNics, WrittenTopology } from "../written.ts";
import type { Context } from "./context.ts";

/** A node as the file names it, before anything about it is resolved. */
export type NodeEntry = {
  readonly name: string;
  readonly kind: "switch" | "host" | "workload" | "router";
  readonly path: Path;
  /** Switch ports, NICs or vNICs. */
  readonly ports: readonly string[];
  /** LAGs and bonds: made of ports, and not cabled themselves. */
  readonly groups: readonly string[];
  /** The host a workload runs on. */
  readonly host?: string;
};

export type NodeIndex = ReadonlyMap<string, NodeEntry>;

/** Interface names the kernel gives a meaning of their own. */
const reservedPorts: ReadonlySet<string> = new Set(["lo", "all", "default"]);

export function indexNodes(context: Context, written: WrittenTopology): NodeIndex {
  const index = new Map<string, NodeEntry>();
  for (const entry of nodeEntries(written)) {
    const twin = index.get(entry.name);
    if (twin !== undefined) {
      const message = `"${entry.name}" is a ${twin.kind} already; every node needs a name of its own`;
      context.report(entry.path, message, "key");
      continue;
    }
    index.set(entry.name, entry);
    for (const [position, port] of entry.ports.entries()) {
      if (entry.ports.indexOf(port) !== position) {
        const message = `${port} is in the list already; name each NIC once`;
        context.report([...entry.path, "nics", position], message);
      }
      if (!reservedPorts.has(port)) continue;
      const message = `port "${port}": the kernel uses this name itself; choose another`;
      context.report(entry.path, message, "key");
    }
  }
  return index;
}

function nodeEntries(written: WrittenTopology): readonly NodeEntry[] {
  const withNics = (kind: "host" | "router"): readonly NodeEntry[] =>
    Object.entries(written[`${kind}s`] ?? {}).map(([name, form]) => ({
      name,
      kind,
      path: [`${kind}s`, name],
      ports: nicNames(form.nics),
      groups: Object.keys(form.bonds ?? {}),
    }));
  const switches = Object.entries(written.switches ?? {}).map(([name, form]) => ({
    name,
    kind: "switch" as const,
    path: ["switches", name],
    ports: Object.keys(form.ports ?? {}),
    groups: Object.keys(form.lags ?? {}),
  }));
  const workloads = Object.entries(written.workloads ?? {}).map(([name, form]) => ({
    name,
    kind: "workload" as const,
    path: ["workloads", name],
    ports: form?.vnics === undefined ? ["eth0"] : Object.keys(form.vnics),
    groups: [],
    ...(form?.host === undefined ? {} : { host: form.host }),
  }));
  return [...switches, ...withNics("host"), ...withNics("router"), ...workloads];
}

function nicNames(nics: WrittenNics | undefined): readonly string[] {
  if (nics === undefined) return [];
  return isList(nics) ? nics : Object.keys(nics);
}

/** `Array.isArray` that narrows readonly lists. */
export function isList<T>(
  value: readonly T[] | Named<unknown> | string | number,
): value is readonly T[] {
  return Array.isArray(value);
}

/** The node and port `text` means (`tor1:hv1`, or `web1` where it has one port); or a fault at `path`. */
export function portOf(
  context: Context,
  path: Path,
  text: string,
  nodes: ReadonlyMap<string, NodeEntry>,
): (Endpoint & { readonly entry: NodeEntry }) | undefined {
  const [node = "", port, ...rest] = text.split(":");
  if (rest.length > 0) {
    context.report(path, `"${text}" has too many colons; write node:port, such as tor1:hv1`);
    return undefined;
  }
  const entry = nodes.get(node);
  if (entry === undefined) {
    if (!context.lost.has(node)) {
      context.report(path, `unknown node "${node}"; ${suggestion(node, [...nodes.keys()])}`);
      context.lose(node);
    }
    return undefined;
  }
  if (port === undefined) return onlyPort(context, path, entry);
  if (entry.ports.includes(port)) return { node, port, entry };
  if (entry.groups.includes(port)) {
    context.report(path, `"${text}" is a group of ports; name one of its members`);
  } else if (!context.lost.has(port)) {
    const message = `${node} has no port "${port}"; ${suggestion(port, entry.ports)}`;
    context.report(path, message);
  }
  return undefined;
}

function onlyPort(
  context: Context,
  path: Path,
  entry: NodeEntry,
): (Endpoint & { readonly entry: NodeEntry }) | undefined {
  const [port, another] = entry.ports;
  if (port !== undefined && another === undefined) return { node: entry.name, port, entry };
  const ports = entry.ports.join(", ") || "none";
  context.report(
    path,
    `which port of ${entry.name}? Write ${entry.name}:port; its ports: ${ports}`,
  );
  return undefined;
}
