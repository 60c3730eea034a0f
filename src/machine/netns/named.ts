import { mkdirSync, readdirSync, statSync, unlinkSync } from "node:fs";
import { closeFile, openFile, openFlags } from "../libc/files.ts";
import { detachMount, mount, mountFlags, unshareNetwork } from "../libc/kernel-namespaces.ts";
import { isSystemError } from "../libc/system-error.ts";
import { currentNamespaceFd, ownNamespacePath, returnTo } from "./enter.ts";
import { forgetNamespace, namespaceDirectory, namespacePath } from "./handles.ts";

/** A namespace as `ip netns` lists it; `inode` is its identity while it lives. */
export type NamedNamespace = { readonly name: string; readonly inode: number };

/**
 * Makes empty network namespaces that `ip netns` sees: the same files and mounts as `ip netns add`.
 *
 * The calling thread is back where it was afterwards. When one fails, those made before it stay. @throws SystemError
 * EEXIST for a name that is taken.
 */
export function createNamespaces(names: readonly string[]): void {
  prepareDirectory();
  const before = currentNamespaceFd();
  try {
    for (const name of names) {
      createHere(namespacePath(name));
    }
  } finally {
    returnTo(before);
  }
}

/** Makes one named namespace. @throws SystemError EEXIST */
export function createNamespace(name: string): void {
  createNamespaces([name]);
}

/**
 * Makes a namespace without a name and runs nothing in it: it lives as long as the returned descriptor is open.
 * @throws SystemError
 */
export function openAnonymousNamespace(): number {
  const before = currentNamespaceFd();
  // Outside: a thread that may not leave is still where it was, and may not "go back" either.
  unshareNetwork();
  try {
    return openFile(ownNamespacePath, openFlags.readOnly);
  } finally {
    returnTo(before);
  }
}

function createHere(path: string): void {
  closeFile(openFile(path, openFlags.create | openFlags.exclusive, 0));
  try {
    unshareNetwork();
    mount(ownNamespacePath, path, mountFlags.bind);
  } catch (error) {
    unlinkSync(path);
    throw error;
  }
}

/**
 * The directory must be a shared mount, so that namespaces made here are seen in mount namespaces made from this one
 * and vice versa. A directory that is no mount point becomes one first.
 */
function prepareDirectory(): void {
  mkdirSync(namespaceDirectory, { recursive: true, mode: 0o755 });
  try {
    mount("", namespaceDirectory, mountFlags.shared | mountFlags.recursive);
  } catch (error) {
    if (!isSystemError(error, "EINVAL")) {
      throw error;
    }
    mount(namespaceDirectory, namespaceDirectory, mountFlags.bind | mountFlags.recursive);
    mount("", namespaceDirectory, mountFlags.shared | mountFlags.recursive);
  }
}

/**
 * Takes the name off namespaces. A kernel namespace ends when nothing else (process, socket, descriptor) uses it any
 * more; `release` in `release.ts` waits for that. Names that are gone already are passed over.
 */
export function deleteNamespaces(names: readonly string[]): void {
  for (const name of names) {
    deleteNamespace(name);
  }
}

/** Takes the name off one namespace; does nothing if there is none of that name. @throws SystemError */
export function deleteNamespace(name: string): void {
  const path = namespacePath(name);
  forgetNamespace(name);
  try {
    detachMount(path);
  } catch (error) {
    // EINVAL: a left-over file without a mount on it, as a kill between open and mount leaves one.
    if (!isSystemError(error, "EINVAL") && !isSystemError(error, "ENOENT")) {
      throw error;
    }
  }
  if (statSync(path, { throwIfNoEntry: false }) !== undefined) {
    unlinkSync(path);
  }
}

/** The named namespaces of this machine, sorted by name. Files without a namespace on them have inode 0. */
export function listNamespaces(): readonly NamedNamespace[] {
  const directory = statSync(namespaceDirectory, { throwIfNoEntry: false });
  if (directory === undefined) {
    return [];
  }
  return readdirSync(namespaceDirectory)
    .sort()
    .flatMap((name) => {
      const stat = statSync(`${namespaceDirectory}/${name}`, { throwIfNoEntry: false });
      if (stat === undefined) {
        return [];
      }
      return [{ name, inode: stat.dev === directory.dev ? 0 : stat.ino }];
    });
}

/** The inode of a named namespace, or undefined if there is none of that name. */
export function namespaceInode(name: string): number | undefined {
  return statSync(namespacePath(name), { throwIfNoEntry: false })?.ino;
}
