import type { Path } from "../diagnostic.ts";
import { isList } from "../resolve/node-index.ts";
import type { WrittenTopology } from "../written.ts";

/** Where a vNIC stands in the file. */
export function vnicPath(written: WrittenTopology, workload: string, vnic: string): Path {
  const path = ["workloads", workload];
  return written.workloads?.[workload]?.vnics === undefined ? path : [...path, "vnics", vnic];
}

/** Where a NIC of a host or router stands in the file. */
export function nicPath(written: WrittenTopology, node: string, nic: string): Path {
  const kind = written.hosts?.[node] === undefined ? "routers" : "hosts";
  const nics = written[kind]?.[node]?.nics;
  const path = [kind, node, "nics"];
  return nics === undefined || !isList(nics) ? [...path, nic] : [...path, nics.indexOf(nic)];
}
