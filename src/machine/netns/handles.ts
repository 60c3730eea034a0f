import { statSync } from "node:fs";
import { moveHigh } from "../libc/descriptors.ts";
import { closeFile, openFile, openFlags } from "../libc/files.ts";

/** A network namespace: the name it has under `/run/netns`, or an open descriptor of it. */
export type Namespace = string | number;

/** Where iproute2 keeps named namespaces. */
export const namespaceDirectory = "/run/netns";

type Handle = { readonly fd: number; readonly inode: number };

const handles = new Map<string, Handle>();

/** @throws RangeError for a name that is no plain file name. */
export function namespacePath(name: string): string {
  if (name === "" || name === "." || name === ".." || name.includes("/") || name.length > 255) {
    throw new RangeError(`"${name}" cannot name a network namespace`);
  }
  return `${namespaceDirectory}/${name}`;
}

/**
 * A descriptor of the namespace, kept open for the next call.
 *
 * A namespace that was deleted and made again under its old name is noticed by its inode. Open descriptors keep a
 * namespace alive: whoever deletes one calls `forgetNamespace`. @throws SystemError ENOENT when there is none.
 */
export function namespaceFd(namespace: Namespace): number {
  if (typeof namespace === "number") {
    return namespace;
  }
  const path = namespacePath(namespace);
  const known = handles.get(namespace);
  if (known !== undefined) {
    if (statSync(path, { throwIfNoEntry: false })?.ino === known.inode) {
      return known.fd;
    }
    forgetNamespace(namespace);
  }
  const fd = moveHigh(openFile(path, openFlags.readOnly));
  handles.set(namespace, { fd, inode: statSync(path).ino });
  return fd;
}

/** Closes the kept descriptor of a namespace, if there is one. */
export function forgetNamespace(name: string): void {
  const known = handles.get(name);
  if (known !== undefined) {
    handles.delete(name);
    closeFile(known.fd);
  }
}

/** Closes the kept descriptors of namespaces that lost their name, and says how many there were. */
export function forgetGoneNamespaces(): number {
  const gone = [...handles].filter(([name, { inode }]) => {
    return statSync(namespacePath(name), { throwIfNoEntry: false })?.ino !== inode;
  });
  for (const [name] of gone) forgetNamespace(name);
  return gone.length;
}

/** Closes all kept descriptors. */
export function forgetAllNamespaces(): void {
  for (const name of [...handles.keys()]) {
    forgetNamespace(name);
  }
}
