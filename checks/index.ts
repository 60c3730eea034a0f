import type { Check } from "../src/score/check.ts";
import { reachability } from "./reachability.ts";
import { vmMpR3 } from "./vm-mp-r3.ts";
import { vmTmR1 } from "./vm-tm-r1.ts";
import { vmVnR1 } from "./vm-vn-r1.ts";

/** Every check, in the order of SP 800-125B, the reachability matrix last. */
export const checks: readonly Check[] = [vmVnR1, vmMpR3, vmTmR1, reachability];
