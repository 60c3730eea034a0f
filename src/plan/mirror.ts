import type { Host, Mirror, Topology, VnicRef } from "../topology/topology.ts";
import { interfaceOf } from "./build.ts";
import { namespaceOf, vnicPort } from "./names.ts";
import type { MirrorObject } from "./object.ts";

/** The copies a host makes. */
export function realiseMirrors(topology: Topology, host: Host): readonly MirrorObject[] {
  return mirrorsOf(host).flatMap((mirror) =>
    mirror.sources.flatMap((source) =>
      hooksOf(mirror).map((hook) => mirrorObject(topology, host, mirror, source, hook)),
    ),
  );
}

/** All mirrors of a host, of every virtual switch. */
export function mirrorsOf(host: Host): readonly Mirror[] {
  return host.switches.flatMap((each) => each.mirrors);
}

/** What a vNIC sends comes in at its port. */
function hooksOf({ directions }: Mirror): readonly MirrorObject["hook"][] {
  return directions === "both" ? ["ingress", "egress"] : [directions];
}

/** Each mirror of a host has its own preference, so that two of one source do not replace each other. */
export function mirrorPreference(host: Host, mirror: Mirror): number {
  return 10 + mirrorsOf(host).indexOf(mirror);
}

/** A copy of one direction of one vNIC, taken at its host's side. */
export function mirrorObject(
  topology: Topology,
  host: Host,
  mirror: Mirror,
  source: VnicRef,
  hook: MirrorObject["hook"],
): MirrorObject {
  const portOf = ({ node, port }: VnicRef) =>
    interfaceOf(topology, host.name, vnicPort(node, port));
  return {
    kind: "mirror",
    namespace: namespaceOf(topology.name, host.name),
    link: portOf(source),
    hook,
    to: portOf(mirror.destination),
    preference: mirrorPreference(host, mirror),
  };
}
