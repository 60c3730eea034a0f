import type { Bond, Lag } from "../topology/topology.ts";
import type { BondSettings } from "./object.ts";

/** A host's or router's bond in the kernel's words. */
export function bondSettings(bond: Bond): BondSettings {
  return {
    mode: bond.mode,
    ...monitorSettings(bond.monitor),
    ...(bond.primary === undefined ? {} : { primary: bond.primary }),
    lacpRate: bond.lacpRate,
  };
}

/** Link monitoring and ARP monitoring exclude each other. */
export function monitorSettings(
  monitor: Bond["monitor"],
): Pick<BondSettings, "miimon" | "arpInterval" | "arpTargets" | "arpValidate"> {
  if (monitor.kind === "mii") {
    return { miimon: monitor.interval, arpInterval: 0, arpTargets: [], arpValidate: "none" };
  }
  return {
    miimon: 0,
    arpInterval: monitor.interval,
    arpTargets: monitor.targets,
    arpValidate: monitor.validate,
  };
}

/** A switch's own 802.3ad group; it watches carrier, which LACP needs. */
export function lagSettings(lag: Lag): BondSettings {
  return {
    mode: "802.3ad",
    miimon: 100,
    arpInterval: 0,
    arpTargets: [],
    arpValidate: "none",
    lacpRate: lag.lacpRate,
  };
}
