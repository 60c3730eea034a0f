import { isSystemError } from "../machine/libc/system-error.ts";
import { readSysctl, writeSysctl } from "../machine/netns/sysctl.ts";
import type { SysctlObject } from "../plan/object.ts";

/** `net/ipv4/conf/br0.5/rp_filter` -> `ipv4.conf.br0/5.rp_filter`, the form in which dots separate. */
function dotted(key: string): string {
  return key.replace(/^net\//, "").replace(/[./]/g, (separator) => (separator === "/" ? "." : "/"));
}

/** Sets a key; one marked optional may be missing in this kernel. @throws SystemError */
export function setSysctl({ namespace, key, value, optional }: SysctlObject): void {
  try {
    writeSysctl(namespace, dotted(key), value);
  } catch (error) {
    if (!(optional === true && isSystemError(error, "ENOENT"))) throw error;
  }
}

/** The key as it is now; an optional one that this kernel lacks is as wanted; undefined when it is missing. */
export function currentSysctl(wanted: SysctlObject): SysctlObject | undefined {
  try {
    return { ...wanted, value: readSysctl(wanted.namespace, dotted(wanted.key)) };
  } catch (error) {
    if (isSystemError(error, "ENOENT")) return wanted.optional === true ? wanted : undefined;
    throw error;
  }
}
