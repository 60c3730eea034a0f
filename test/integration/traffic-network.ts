import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";

/** Namespaces and links of one test file, all of them gone after `[Symbol.dispose]`. */
export class TestNetwork implements Disposable {
  readonly #mark: string = `labtest-${randomBytes(4).toString("hex")}`;
  readonly #namespaces: string[] = [];

  /** Makes a namespace with its loopback up and duplicate address detection off. */
  namespace(name: string): string {
    const full = `${this.#mark}-${name}`;
    ip("netns", "add", full);
    this.#namespaces.push(full);
    ip("-n", full, "link", "set", "lo", "up");
    this.exec(full, "sysctl", "-qw", "net.ipv6.conf.default.accept_dad=0");
    return full;
  }

  /** A cable between two namespaces, both ends up. Text ends as `[namespace, interface, ...addresses]`. */
  cable(a: readonly string[], b: readonly string[]): void {
    const [aSpace = "", aName = "", ...aAddresses] = a;
    const [bSpace = "", bName = "", ...bAddresses] = b;
    ip("-n", aSpace, "link", "add", aName, "type", "veth", "peer", "name", bName, "netns", bSpace);
    for (const [space, name, addresses] of [
      [aSpace, aName, aAddresses],
      [bSpace, bName, bAddresses],
    ] as const) {
      for (const address of addresses) ip("-n", space, "address", "add", address, "dev", name);
      ip("-n", space, "link", "set", name, "up");
    }
  }

  /** Runs a program inside a namespace and gives what it printed. */
  exec(namespace: string, ...command: readonly string[]): string {
    return ip("netns", "exec", namespace, ...command);
  }

  /** Loads nftables text inside a namespace. */
  nft(namespace: string, rules: string): void {
    execFileSync("ip", ["netns", "exec", namespace, "nft", "-f", "-"], { input: rules });
  }

  mac(namespace: string, name: string): string {
    const links = JSON.parse(ip("-n", namespace, "-j", "link", "show", "dev", name));
    return links[0].address;
  }

  [Symbol.dispose](): void {
    for (const name of this.#namespaces) ip("netns", "delete", name);
  }
}

export function ip(...words: readonly string[]): string {
  return execFileSync("ip", words, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

/** Waits for a condition. @throws Error naming it when the deadline passes. */
export async function until(
  what: string,
  condition: () => boolean,
  milliseconds = 3000,
): Promise<void> {
  const end = performance.now() + milliseconds;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`${what} did not come about`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
