import { libcFunction } from "./libc/library.ts";
import { pinnedMemory, viewOf } from "./libc/memory.ts";

const nativeClock = libcFunction("clock_gettime", ["int", "void *"]);
const realTime = 0;
const timespec = pinnedMemory(16);
const view = viewOf(timespec);

/**
 * Nanoseconds since the epoch, on the clock that stamps recorded packets. Node's own `performance.timeOrigin` stays
 * behind when the clock is set while the process runs, as in a guest restored from a snapshot.
 */
export function wallClock(): bigint {
  nativeClock(realTime, timespec);
  return view.getBigInt64(0, true) * 1_000_000_000n + view.getBigInt64(8, true);
}
