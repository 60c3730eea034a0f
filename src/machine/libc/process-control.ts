import { libcFunction } from "./library.ts";
import { checked } from "./system-error.ts";

const nativePrctl = libcFunction("prctl", ["int", "ulong", "ulong", "ulong", "ulong"]);
const setParentDeathSignal = 1;

/**
 * Asks the kernel to send this process `signal` (a number) when its parent ends (PR_SET_PDEATHSIG).
 *
 * "Parent" is the thread that made this process: start such children from a thread that lives as long as the process.
 * A parent that ended before the call is not noticed: compare `process.ppid` with the expected one afterwards.
 */
export function dieWithParent(signal: number): void {
  checked("prctl", nativePrctl(setParentDeathSignal, signal, 0, 0, 0), "PR_SET_PDEATHSIG");
}
