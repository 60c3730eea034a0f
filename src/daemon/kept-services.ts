import { namespaceCookie } from "../machine/netns/cookie.ts";
import { objectKey } from "../plan/object.ts";
import type { EchoServices } from "../traffic/services.ts";
import type { Service, Services } from "./lab-on-machine.ts";

/**
 * Services with the namespace each was started in: one whose namespace was deleted behind our back listens to nobody,
 * and its sockets would keep that namespace alive.
 */
export function keepServices(running: EchoServices): Services {
  const homes = new Map<string, string | undefined>();
  const stop = (service: Service): void => {
    running.stop(service);
    homes.delete(objectKey(service));
  };
  const all = (): readonly Service[] =>
    running.list().map((service) => ({ kind: "service", ...service }));
  const isLost = (service: Service): boolean =>
    homes.get(objectKey(service)) !== namespaceCookie(service.namespace);
  const stopLost = (): number => {
    const lost = all().filter(isLost);
    for (const service of lost) stop(service);
    return lost.length;
  };
  return {
    start: (service) => {
      stopLost();
      running.start(service);
      homes.set(objectKey(service), namespaceCookie(service.namespace));
    },
    stop,
    stopLost,
    list: all,
  };
}
