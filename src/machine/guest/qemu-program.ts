/** Debian's path; nothing else of that name is run. */
export const qemuProgram = "/usr/bin/qemu-system-x86_64";
