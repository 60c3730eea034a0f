import { createHash } from "node:crypto";

/** The first `length` hexadecimal digits of the SHA-256 of the parts; a separator keeps `a`,`bc` apart from `ab`,`c`. */
export function shortDigest(parts: readonly string[], length: number): string {
  return createHash("sha256").update(parts.join("\0")).digest("hex").slice(0, length);
}

/**
 * The alternative name by which an interface is known to be of a lab. Alternative names are unique in a namespace, so
 * the mark is of one interface: whoever knows lab, namespace and interface can compute and compare it.
 */
export function ownershipMark(lab: string, namespace: string, name: string): string {
  return `lab-o-${shortDigest([lab, namespace, name], 16)}`;
}

/**
 * A MAC address for a device the topology gives none: unicast, locally administered, beginning with 06 so that it is
 * never one of those the topology allocates (02).
 */
export function derivedMac(lab: string, namespace: string, name: string): string {
  const digits = shortDigest(["mac", lab, namespace, name], 10);
  return `06:${digits.match(/../g)?.join(":") ?? ""}`;
}
