import { setTimeout as pause } from "node:timers/promises";
import type { Milliseconds } from "../../units/milliseconds.ts";
import { closeFile } from "../libc/files.ts";
import { createVeth, readLinks } from "../netlink/links.ts";
import { NetlinkSocket } from "../netlink/socket.ts";
import { openAnonymousNamespace } from "./named.ts";

/**
 * Waits until the kernel has ended the namespaces whose names were taken off before this call: its devices are gone.
 *
 * The kernel ends namespaces in the background, in the order in which they were let go. So one more is made and let go
 * behind them, with one end of a veth pair in it: when the other end vanishes, all before it are gone too. Returns false
 * when that takes longer than `within`.
 */
export async function awaitRelease(within: Milliseconds): Promise<boolean> {
  const witness = openAnonymousNamespace();
  try {
    using socket = new NetlinkSocket(witness);
    const last = openAnonymousNamespace();
    try {
      socket.apply([
        createVeth({ name: "here", namespace: witness }, { name: "there", namespace: last }),
      ]);
    } finally {
      closeFile(last);
    }
    const deadline = performance.now() + within;
    while (readLinks(socket).some(({ name }) => name === "here")) {
      if (performance.now() > deadline) return false;
      await pause(2);
    }
    return true;
  } finally {
    closeFile(witness);
  }
}
