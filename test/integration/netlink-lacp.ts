import { setTimeout as pause } from "node:timers/promises";
import {
  createLink,
  createVeth,
  type Link,
  readLinks,
  setLink,
} from "../../src/machine/netlink/links.ts";
import { releaseNamespaces } from "../../src/machine/netlink/release.ts";
import { openRoute } from "../../src/machine/netlink/route-socket.ts";
import { createNamespaces } from "../../src/machine/netns/named.ts";
import { milliseconds } from "../../src/units/milliseconds.ts";

const ends = ["scn-lacp-a", "scn-lacp-b"] as const;
const bondIndex = 9;
const actorMac = { "scn-lacp-a": "02:00:00:00:0a:00", "scn-lacp-b": "02:00:00:00:0b:00" } as const;

/** The links of one end once the two bonds have agreed on 802.3ad over two wires, within ten seconds. */
export async function negotiateLacp(): Promise<readonly Link[]> {
  try {
    createNamespaces(ends);
    build();
    return await agreed();
  } finally {
    await releaseNamespaces(ends, milliseconds(10_000));
  }
}

function build(): void {
  using wires = openRoute(ends[0]);
  wires.apply(
    [2, 3].map((index) =>
      createVeth(
        { name: `eth${index}`, index, namespace: ends[0] },
        { name: `eth${index}`, index, namespace: ends[1] },
      ),
    ),
  );
  for (const end of ends) {
    using socket = openRoute(end);
    socket.apply([
      createLink({
        name: "bond0",
        kind: "bond",
        index: bondIndex,
        address: actorMac[end],
        bond: { mode: "802.3ad", miimon: 20, lacpRate: "fast", transmitHash: "layer3+4" },
      }),
      setLink(2, { master: bondIndex }),
      setLink(3, { master: bondIndex }),
      setLink(bondIndex, { up: true }),
    ]);
  }
}

async function agreed(): Promise<readonly Link[]> {
  using socket = openRoute(ends[0]);
  const deadline = performance.now() + 10_000;
  for (;;) {
    const links = readLinks(socket);
    const partner = links.find(({ index }) => index === bondIndex)?.info.bond?.aggregator;
    const isAgreed = partner?.partnerMac === actorMac[ends[1]] && partner.ports === 2;
    if (isAgreed || performance.now() > deadline) {
      return links;
    }
    await pause(20);
  }
}
