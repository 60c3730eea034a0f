import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";

/** Namespaces and links of one test file, all of them gone after `[Symbol.dispose]`. */
export class TestNetwork implements Disposable {
  readonly #mark: string = `labtest-${randomBytes(4).toString("hex")}`;
  readonly #namespaces: string[] = [];

  /** Makes a namespace with its loopback up. */
  namespace(name: string): string {
    const full = `${this.#mark}-${name}`;
    ip("netns", "add", full);
    this.#namespaces.push(full);
    ip("-n", full, "link", "set", "lo", "up");
    return full;
  }

  /** A cable between two namespaces, both ends up. Text ends as `[namespace, interface, ...addresses]`. */
  cable(a: readonly string[], b: readonly string[]): void {
    const [aSpace = "", aName = "", ...aAddresses] = a;
    const [bSpace = "", bName = "", ...bAddresses] = b;
    ip("-n", aSpace, "link", "add", aName, "type", "veth", "peer", "name", bName, "netns", bSpace);
    ip("-n", aSpace, "link", "set", aName, "up");
    ip("-n", bSpace, "link", "set", bName, "up");
    // On a link that is up, and without duplicate address detection: else an IPv6 address answers up to 2 s later.
    for (const address of aAddresses) this.#address(aSpace, aName, address);
    for (const address of bAddresses) this.#address(bSpace, bName, address);
  }

  #address(namespace: string, name: string, address: string): void {
    const more = address.includes(":") ? ["nodad"] : [];
    ip("-n", namespace, "address", "add", address, "dev", name, ...more);
  }

  /** Runs a program inside a namespace and gives what it printed. */
  exec(namespace: string, ...command: readonly string[]): string {
    return ip("netns", "exec", namespace, ...command);
  }

  /** Loads nftables text inside a namespace; it may be written on one line. */
  nft(namespace: string, rules: string): void {
    execFileSync("ip", ["netns", "exec", namespace, "nft", "-f", "-"], {
      input: rules.replaceAll("}", "\n}"),
    });
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
