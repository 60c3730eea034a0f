import type { Impairment, Topology } from "../topology/topology.ts";
import { linkBase } from "./build.ts";
import type { Part } from "./names.ts";
import type { ImpairmentObject } from "./object.ts";

/** What netem does to the frames that leave an end of a cable. */
export function realiseImpairment(
  topology: Topology,
  end: { readonly node: string; readonly part: Part },
  impairment: Impairment,
): ImpairmentObject {
  const { namespace, name } = linkBase(topology, end.node, end.part);
  return impairmentObject(namespace, name, impairment);
}

export function impairmentObject(
  namespace: string,
  link: string,
  { delay = 0 as never, jitter = 0 as never, loss = 0, rate = 0 }: Impairment,
): ImpairmentObject {
  return {
    kind: "impairment",
    namespace,
    link,
    delay: delay * 1000,
    jitter: jitter * 1000,
    loss,
    rate,
  };
}
