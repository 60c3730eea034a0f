import type { Context } from "../resolve/context.ts";
import { writtenSources } from "../resolve/virtual-switches.ts";
import type { Mirror, Topology, VnicRef } from "../topology.ts";
import type { WrittenTopology } from "../written.ts";

/** A mirror whose copies would be mirrored again, and sources that are not where the mirror looks. */
export function refuseMirrorFaults(
  context: Context,
  written: WrittenTopology,
  topology: Topology,
): void {
  const watchedBy = new Map<string, string>();
  const all = topology.hosts.flatMap((host) =>
    host.switches.flatMap((device) =>
      device.mirrors.map((mirror) => ({ host: host.name, device: device.name, mirror })),
    ),
  );
  for (const { mirror } of all) {
    for (const source of mirror.sources) watchedBy.set(text(source), mirror.name);
  }
  for (const { host, device, mirror } of all) {
    const path = ["hosts", host, "switches", device, "mirrors", mirror.name];
    const destination = text(mirror.destination);
    const own = mirror.sources.some((source) => text(source) === destination);
    const other = watchedBy.get(destination);
    if (own) {
      const message = `${destination} is among the sources: the mirror would copy its own copies for ever; choose an analyzer that is not watched`;
      context.report([...path, "destination"], message);
    } else if (other !== undefined) {
      const message = `${destination} is a source of mirror ${other}, which would copy these copies; choose an analyzer that is not watched`;
      context.report([...path, "destination"], message);
    }
    const form = written.hosts?.[host]?.switches?.[device]?.mirrors?.[mirror.name];
    if (form !== undefined) {
      refuseSources(context, topology, writtenSources(path, form), mirror, device);
    }
  }
}

function text(reference: VnicRef): string {
  return `${reference.node}:${reference.port}`;
}

function refuseSources(
  context: Context,
  topology: Topology,
  places: ReturnType<typeof writtenSources>,
  mirror: Mirror,
  device: string,
): void {
  const seen = new Set<string>();
  for (const source of mirror.sources) {
    const name = text(source);
    const matching = places.filter(([, each]) => each === name || each === source.node);
    const at = (matching[seen.has(name) ? 1 : 0] ?? matching[0])?.[0] ?? [];
    if (seen.has(name))
      context.report(at, `${name} is a source of this mirror already; name it once`);
    seen.add(name);
    const vnic = topology.workloads
      .find((workload) => workload.name === source.node)
      ?.vnics.find((each) => each.name === source.port);
    const where = vnic?.attachment?.switch;
    if (where === undefined || where === device) continue;
    context.report(
      at,
      `${name} is attached to ${where}; a mirror of ${device} copies what crosses ports of ${device}`,
    );
  }
}
