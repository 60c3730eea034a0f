import type { DaemonClient } from "../daemon/client.ts";
import { wallClock } from "../machine/wall-clock.ts";

/** How far a guest's clock is from this machine's, in nanoseconds as decimal texts (JSON has no such integers). */
export type ClockOffset = {
  readonly machine: string;
  /** Before it was set, and after. Positive: the guest's clock is ahead. */
  readonly before: string;
  readonly after: string;
  /** Half of the quickest round trip: the true offset is within this of `after`. */
  readonly uncertainty: string;
};

const rounds = 8;

/** Sets each guest's clock to this machine's, as exactly as its daemon answers, and tells what it was and is. */
export async function setClocks(
  lab: string,
  clients: ReadonlyMap<string, DaemonClient>,
): Promise<readonly ClockOffset[]> {
  const offsets: ClockOffset[] = [];
  for (const [machine, client] of clients) {
    const before = await measured(lab, client);
    await client.call("clock-step", { by: String(-before.offset) });
    const after = await measured(lab, client);
    offsets.push({
      machine,
      before: String(before.offset),
      after: String(after.offset),
      uncertainty: String(after.uncertainty),
    });
  }
  return offsets;
}

type Measured = { readonly offset: bigint; readonly uncertainty: bigint };

/** The offset of the quickest of several questions: what delays an answer makes it worth less (as in RFC 5905, section 10). */
async function measured(lab: string, client: DaemonClient): Promise<Measured> {
  let best: Measured | undefined;
  for (let round = 0; round < rounds; round++) {
    const asked = wallClock();
    const { clock } = await client.call("hello", { lab });
    const answered = wallClock();
    const uncertainty = (answered - asked) / 2n;
    if (best !== undefined && best.uncertainty <= uncertainty) continue;
    best = { offset: BigInt(clock) - (asked + uncertainty), uncertainty };
  }
  if (best === undefined) throw new Error("no clock was read");
  return best;
}
