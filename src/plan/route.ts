import type { Route } from "../topology/topology.ts";
import type { RouteObject } from "./object.ts";

export function realiseRoutes(namespace: string, routes: readonly Route[]): readonly RouteObject[] {
  return routes.map(({ destination, via }) => ({ kind: "route", namespace, destination, via }));
}
