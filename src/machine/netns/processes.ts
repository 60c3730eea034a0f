import { readdirSync, readlinkSync } from "node:fs";

/** Which processes are in which network namespace: inode -> process ids. */
export function processesByNamespace(): ReadonlyMap<number, readonly number[]> {
  const found = new Map<number, number[]>();
  for (const entry of readdirSync("/proc")) {
    if (!/^\d+$/.test(entry)) {
      continue;
    }
    const inode = networkNamespaceOf(`/proc/${entry}/ns/net`);
    if (inode !== undefined) {
      found.set(inode, [...(found.get(inode) ?? []), Number(entry)]);
    }
  }
  return found;
}

/** The processes whose main thread is in the network namespace with this inode. */
export function processesInNamespace(inode: number): readonly number[] {
  return processesByNamespace().get(inode) ?? [];
}

/** The namespace's inode behind a `/proc/PID/ns/net` path; undefined when the process is gone or a kernel thread's. */
function networkNamespaceOf(path: string): number | undefined {
  try {
    return Number(/\[(\d+)\]/.exec(readlinkSync(path))?.[1]);
  } catch {
    return undefined; // the process ended between listing and reading
  }
}
