import { libcFunction } from "./library.ts";
import { checked } from "./system-error.ts";

const nativeSetns = libcFunction("setns", ["int", "int"]);
const nativeUnshare = libcFunction("unshare", ["int"]);
const nativeMount = libcFunction("mount", ["str", "str", "str", "ulong", "str"]);
const nativeUmount = libcFunction("umount2", ["str", "int"]);

const newNetworkNamespace = 0x4000_0000;

/** Flags of mount(2). */
export const mountFlags = { bind: 0x1000, recursive: 0x4000, shared: 0x10_0000 } as const;

/** Moves the calling thread into the network namespace behind `fd`. @throws SystemError */
export function setNetworkNamespace(fd: number): void {
  checked("setns", nativeSetns(fd, newNetworkNamespace));
}

/** Moves the calling thread into a new, empty network namespace. @throws SystemError */
export function unshareNetwork(): void {
  checked("unshare", nativeUnshare(newNetworkNamespace), "CLONE_NEWNET");
}

/** mount(2) without data. @throws SystemError */
export function mount(source: string, target: string, flags: number): void {
  checked("mount", nativeMount(source, target, "none", flags, null), target);
}

/** umount2(2) with MNT_DETACH, which succeeds while the mount is still in use. @throws SystemError */
export function detachMount(target: string): void {
  checked("umount2", nativeUmount(target, 2), target);
}
