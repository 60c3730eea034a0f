import { libcFunction } from "./libc/library.ts";
import { pinnedMemory, viewOf } from "./libc/memory.ts";
import { checked } from "./libc/system-error.ts";

const nativeClock = libcFunction("clock_gettime", ["int", "void *"]);
const nativeSetClock = libcFunction("clock_settime", ["int", "void *"]);
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

/** Sets this machine's clock forward by so many nanoseconds, back when they are negative. @throws SystemError */
export function stepWallClock(by: bigint): void {
  const time = wallClock() + by;
  view.setBigInt64(0, time / 1_000_000_000n, true);
  view.setBigInt64(8, time % 1_000_000_000n, true);
  checked("clock_settime", nativeSetClock(realTime, timespec));
}
