import type { Service } from "../topology/topology.ts";
import type { ServiceObject } from "./object.ts";

export function realiseServices(
  namespace: string,
  services: readonly Service[],
): readonly ServiceObject[] {
  return services.map(({ protocol, port }) => ({ kind: "service", namespace, protocol, port }));
}
