import { readlinkSync } from "node:fs";
import { openFile, openFlags } from "../libc/files.ts";
import { setNetworkNamespace } from "../libc/kernel-namespaces.ts";
import { type Namespace, namespaceFd } from "./handles.ts";

/** Where the calling thread's own network namespace is seen; `/proc/self` would be the main thread's. */
export const ownNamespacePath = "/proc/thread-self/ns/net";

let current: number | undefined;

/**
 * Runs `work` with the calling thread inside a network namespace and comes back, also when `work` throws.
 *
 * Strictly synchronous: an asynchronous `work` would continue outside. Sockets opened inside stay in that namespace for
 * ever and may be used from outside. Node's own sockets (`net`, `dgram`) are opened later than the call and therefore
 * do NOT land inside. A child process does: `spawn` forks within the call. May be nested. @throws TypeError when `work` returns a promise.
 */
export function inNamespace<Result>(
  namespace: Namespace,
  work: () => Result extends PromiseLike<unknown> ? never : Result,
): Result {
  const target = namespaceFd(namespace);
  const before = currentNamespaceFd();
  setNetworkNamespace(target);
  current = target;
  try {
    const result: unknown = work();
    if (result !== null && typeof result === "object" && "then" in result) {
      throw new TypeError("work inside a namespace must be synchronous; it returned a promise");
    }
    return result as Result;
  } finally {
    returnTo(before);
  }
}

/** A descriptor of the namespace that the calling thread is in. It belongs to this module: do not close it. */
export function currentNamespaceFd(): number {
  current ??= openFile(ownNamespacePath, openFlags.readOnly);
  return current;
}

/** Goes back to a namespace; a thread that cannot go back must not run on, for it would act in the wrong one. */
export function returnTo(fd: number): void {
  try {
    setNetworkNamespace(fd);
  } catch (error) {
    process.stderr.write(`cannot leave a network namespace: ${String(error)}\n`);
    process.abort();
  }
  current = fd;
}

/** The inode of the calling thread's network namespace: equal for two threads exactly when they share it. */
export function currentNamespaceInode(): number {
  return Number(/\[(\d+)\]/.exec(readlinkSync(ownNamespacePath))?.[1]);
}
