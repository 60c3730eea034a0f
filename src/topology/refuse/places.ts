import type { Path } from "../diagnostic.ts";
import { isList } from "../resolve/node-index.ts";
import { indexed } from "../source/indexed.ts";
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

/** Where a member of a bond stands in the file. */
export function bondMemberPath(
  written: WrittenTopology,
  node: string,
  bond: string,
  member: string,
): Path {
  const kind = written.hosts?.[node] === undefined ? "routers" : "hosts";
  const form = written[kind]?.[node]?.bonds?.[bond];
  const path = [kind, node, "bonds", bond];
  if (form === undefined) return path;
  const members = isList(form) ? form : form.members;
  const index = indexed(members).find(([, name]) => name === member)?.[0] ?? 0;
  return isList(form) ? [...path, index] : [...path, "members", index];
}
