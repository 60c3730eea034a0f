import type { BroadcastDomains, DomainMember } from "../broadcast-domains.ts";
import type { Context } from "../resolve/context.ts";
import type { WrittenTopology } from "../written.ts";
import { nicPath, vnicPath } from "./places.ts";

/** The same address, or the same MAC address, twice in one broadcast domain. In two it is fine. */
export function refuseDuplicates(
  context: Context,
  written: WrittenTopology,
  domains: BroadcastDomains,
): void {
  const byAddress = new Map<string, { readonly owner: string; readonly position: string }>();
  const byMac = new Map<string, DomainMember>();
  for (const member of domains.members) {
    for (const address of member.addresses) {
      const path = context.pathOf(address);
      const key = `${member.domain} ${address.address}`;
      const first = byAddress.get(key);
      if (first === undefined) {
        byAddress.set(key, { owner: member.owner, position: context.position(path) });
      } else {
        const message = `${address.address} is ${first.owner}'s already (${first.position}), in the same broadcast domain; give ${member.owner} another address, or leave it out to have one allocated`;
        context.report(path, message);
      }
    }
    refuseMac(context, written, member, byMac);
  }
}

function refuseMac(
  context: Context,
  written: WrittenTopology,
  member: DomainMember,
  byMac: Map<string, DomainMember>,
): void {
  if (member.mac === undefined) return;
  const key = `${member.domain} ${member.mac}`;
  const first = byMac.get(key);
  byMac.set(key, first ?? member);
  if (first === undefined || first.owner === member.owner) return;
  if (first.node === member.node && first.port === member.port) return;
  const port = member.port ?? "";
  const path =
    member.kind === "vnic"
      ? vnicPath(written, member.node, port)
      : nicPath(written, member.node, port);
  context.report(
    [...path, "mac"],
    `${member.mac} is ${first.owner}'s already, in the same broadcast domain; give one of them another`,
  );
}
