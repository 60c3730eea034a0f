import { setTimeout as pause } from "node:timers/promises";
import { type Link, readLinks } from "../machine/netlink/links.ts";
import { NetlinkSocket } from "../machine/netlink/socket.ts";

const interval = 40;

/**
 * Waits until nothing is on its way to another state: no bridge port listens or learns, every bond member with carrier
 * counts as up, every bond with such a member has chosen one, and 802.3ad has met its partner. A member that cannot
 * come up (its path is cut) is waited for until the deadline and then named.
 */
export async function settle(
  namespaces: readonly string[],
  deadlineMs: number,
): Promise<{ readonly waitedMs: number; readonly unsettled: readonly string[] }> {
  using opened = new DisposableStack();
  const began = performance.now();
  const places = namespaces.flatMap((namespace) => {
    const socket = new NetlinkSocket(namespace);
    const canMove = readLinks(socket).some(
      (link) => link.info.kind === "bond" || (link.info.bridge?.stpState ?? 0) !== 0,
    );
    if (canMove) return [{ namespace, socket: opened.use(socket) }];
    socket[Symbol.dispose]();
    return [];
  });
  for (;;) {
    const unsettled = places.flatMap(({ namespace, socket }) =>
      unsettledLinks(readLinks(socket)).map((what) => `${namespace}: ${what}`),
    );
    const waitedMs = performance.now() - began;
    if (unsettled.length === 0 || waitedMs >= deadlineMs) return { waitedMs, unsettled };
    await pause(interval);
  }
}

function unsettledLinks(links: readonly Link[]): readonly string[] {
  return links.flatMap((link) => [
    ...portProblem(link),
    ...memberProblem(link),
    ...bondProblem(link, links),
  ]);
}

function portProblem({ name, info, up }: Link): readonly string[] {
  const state = info.bridgePort?.state;
  return up && (state === "listening" || state === "learning") ? [`${name} is ${state}`] : [];
}

function memberProblem({ name, info, up, carrier }: Link): readonly string[] {
  const status = info.bondMember?.miiStatus;
  const shouldBeUp = up && carrier === true;
  return status !== undefined && status !== "up" && shouldBeUp ? [`${name} is ${status}`] : [];
}

function bondProblem(bond: Link, links: readonly Link[]): readonly string[] {
  const data = bond.info.bond;
  if (data === undefined || !bond.up) return [];
  const hasMember = links.some((link) => link.master === bond.index && link.carrier === true);
  if (!hasMember) return [];
  if (data.mode === "active-backup" && (data.activeMember ?? 0) === 0) {
    return [`${bond.name} has chosen no member`];
  }
  return data.mode === "802.3ad" ? lacpProblem(bond, links) : [];
}

/** Collecting and distributing, the last two bits to come (IEEE 802.1AX section 6.4.2.3). */
const carriesFrames = 0x30;

/** Defaulted or expired: nothing has been heard of this member's partner yet, or no more. */
const partnerUnheard = 0xc0;

/** Members outside the active aggregator (a bond to two switches that know nothing of each other) stay aside for good. */
function lacpProblem(bond: Link, links: readonly Link[]): readonly string[] {
  const { aggregator, partnerMac = "00:00:00:00:00:00" } = bond.info.bond?.aggregator ?? {};
  if (partnerMac === "00:00:00:00:00:00") return [`${bond.name} has no 802.3ad partner`];
  const members = links.filter(({ master, carrier }) => master === bond.index && carrier === true);
  return members.flatMap(({ name, info }) => {
    const { actorState = 0, aggregatorId } = info.bondMember ?? {};
    if ((actorState & partnerUnheard) !== 0) return [`${name} has not heard its partner`];
    const carries = (actorState & carriesFrames) === carriesFrames;
    return aggregatorId === aggregator && !carries ? [`${name} does not distribute yet`] : [];
  });
}
