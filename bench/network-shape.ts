/** What was built, as the kernel tells it; equal on all sides before times are compared. */
export type Inspection = {
  /** Network namespaces of workloads. */
  readonly namespaces: number;
  /** Ports of the one bridge that are up. */
  readonly ports: number;
  readonly addresses: readonly string[];
};

/** At most as many as one Linux bridge has ports. */
const maxPorts = 1024;

/** `10.64.0.1/16` and on: the address of each workload. */
export function addressesFor(workloads: number): readonly string[] {
  if (workloads > maxPorts)
    throw new RangeError(`${workloads} workloads: one bridge takes ${maxPorts}`);
  return Array.from({ length: workloads }, (_, index) => {
    const host = index + 1;
    return `10.64.${host >> 8}.${host & 0xff}/16`;
  });
}

/** Pairs to ping, spread over the whole; each workload index with the address of another. */
export function sampleOf(
  addresses: readonly string[],
  size: number,
): readonly (readonly [number, string])[] {
  return Array.from({ length: size }, (_, index) => {
    const from = Math.floor((index * addresses.length) / size);
    const target = addresses[(from + Math.ceil(addresses.length / 2)) % addresses.length] ?? "";
    return [from, target.replace(/\/.*/, "")] as const;
  });
}

/** The lab's file of the same network: one host with a virtual switch without VLANs and without uplink. */
export function topologyFor(name: string, addresses: readonly string[]): string {
  const workloads = addresses.map(
    (address, index) =>
      `  w${index}: {host: hv, switch: vs0, portGroup: plain, addresses: [${address}]}`,
  );
  return [
    `# ${addresses.length} workloads on one virtual switch, made by bench/bring-up.ts`,
    `name: ${name}`,
    "hosts:",
    "  hv: {switches: {vs0: {portGroups: {plain: untagged}}}}",
    "workloads:",
    ...workloads,
    "",
  ].join("\n");
}

/** @throws Error naming the first difference from what was asked for. */
export function requireShape(who: string, found: Inspection, addresses: readonly string[]): void {
  const wanted = [...addresses].sort();
  const got = [...found.addresses].sort();
  const differences = [
    found.namespaces === addresses.length ? "" : `${found.namespaces} namespaces`,
    found.ports === addresses.length ? "" : `${found.ports} bridge ports`,
    JSON.stringify(got) === JSON.stringify(wanted)
      ? ""
      : `addresses such as ${got.find((each, index) => each !== wanted[index]) ?? "none"}`,
  ].filter((difference) => difference !== "");
  if (differences.length > 0) {
    throw new Error(`${who} built ${differences.join(", ")} instead of ${addresses.length}`);
  }
}
