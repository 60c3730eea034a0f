import type { Change } from "../../change/change.ts";
import type { Host, Mirror, VnicRef } from "../../topology/topology.ts";
import { mirrorObject, mirrorPreference, mirrorsOf } from "../mirror.ts";
import { namespaceOf } from "../names.ts";
import { type LabObject, type MirrorObject, objectKey } from "../object.ts";
import { noSuchTarget, type Running } from "./running.ts";

type Become = Extract<Change, { kind: "mirror" }>["become"];

/** Second copies stand beside the first under a preference of their own. */
const duplicateOffset = 100;

export function changeMirror(
  running: Running,
  hostName: string,
  mirrorName: string,
  become: Become,
): readonly LabObject[] {
  const host = running.topology.hosts.find(({ name }) => name === hostName);
  const mirror = host && mirrorsOf(host).find(({ name }) => name === mirrorName);
  if (host === undefined || mirror === undefined) {
    throw noSuchTarget(`the mirror ${mirrorName} of ${hostName}`);
  }
  const own = running.objects.filter((object) => isOf(running, host, mirror, object));
  const others = running.objects.filter((object) => !isOf(running, host, mirror, object));
  switch (become) {
    case "off":
      return others;
    case "ingress-only":
      return [...others, ...own.filter(({ hook }) => hook === "ingress")];
    case "egress-only":
      return [...others, ...own.filter(({ hook }) => hook === "egress")];
    case "duplicate":
      return [...running.objects, ...own.map(secondCopy)];
    case "all-ports":
      return [...running.objects, ...surplus(running, host, mirror, own)];
    default:
      return become satisfies never;
  }
}

function isOf(
  { topology }: Running,
  host: Host,
  mirror: Mirror,
  object: LabObject,
): object is MirrorObject {
  const preference = mirrorPreference(host, mirror);
  return (
    object.kind === "mirror" &&
    object.namespace === namespaceOf(topology.name, host.name) &&
    [preference, preference + duplicateOffset].includes(object.preference)
  );
}

function secondCopy(object: MirrorObject): MirrorObject {
  return { ...object, preference: object.preference + duplicateOffset };
}

/** Both directions of every vNIC of the mirror's virtual switch that is not mirrored yet and receives no copies. */
function surplus(
  { topology }: Running,
  host: Host,
  mirror: Mirror,
  own: readonly MirrorObject[],
): readonly MirrorObject[] {
  const virtual = host.switches.find(({ mirrors }) => mirrors.includes(mirror));
  const known = new Set(own.map(objectKey));
  const ports = topology.workloads
    .filter((workload) => workload.host === host.name)
    .flatMap((workload) =>
      workload.vnics
        .filter((vnic) => !vnic.analyzer && vnic.attachment?.switch === virtual?.name)
        .map((vnic): VnicRef => ({ node: workload.name, port: vnic.name })),
    );
  return ports
    .flatMap((source) =>
      (["ingress", "egress"] as const).map((hook) =>
        mirrorObject(topology, host, mirror, source, hook),
      ),
    )
    .filter((object) => !known.has(objectKey(object)));
}
