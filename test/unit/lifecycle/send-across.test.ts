import { describe, expect, test } from "vitest";
import { type Machines, sendAcross } from "../../../src/lifecycle/send-across.ts";

type Requests = Parameters<typeof sendAcross>[0];

/** Machines that note what they are asked, and answer as a daemon would whose receiver at `refusing` cannot be opened. */
function machines(asked: string[], refusing?: number): Machines {
  return {
    machineOf: (namespace) => namespace.slice(0, 1),
    ask: (async (machine: string, method: string, params: unknown) => {
      asked.push(`${machine} ${method} ${JSON.stringify(params)}`);
      const { requests = [], indexes = [] } = params as {
        readonly requests?: readonly { readonly index: number; readonly probe: { id: string } }[];
        readonly indexes?: readonly number[];
      };
      if (method === "receive-start") {
        return requests.map(({ index }) =>
          index === refusing ? { index, error: "EADDRNOTAVAIL" } : { index, port: 7000 + index },
        );
      }
      if (method === "receive-stop") return indexes.map((index) => ({ index, received: 5 }));
      return requests.map(({ index, probe }) => ({ index, probe: probe.id, sent: 5 }));
    }) as Machines["ask"],
  };
}

const stream = (index: number, from: string, to: string) => ({
  ...{ namespace: from, interface: "eth0", index },
  probe: { kind: "stream", id: `s${index}` },
  receiver: { namespace: to, interface: "eth0" },
});
const tcp = (index: number, from: string) => ({
  ...{ namespace: from, interface: "eth0", index },
  probe: { kind: "tcp", id: `t${index}` },
});
const requests = (...list: readonly object[]): Requests => list as unknown as Requests;

describe("probes of several machines", () => {
  test("each sender's machine makes its own; results come in the order of the requests", async () => {
    const asked: string[] = [];
    const results = await sendAcross(
      requests(tcp(1, "b1"), tcp(2, "a1"), tcp(3, "b2")),
      machines(asked),
    );
    expect(results.map(({ index }) => index)).toEqual([1, 2, 3]);
    expect(asked.map((text) => text.slice(0, 6)).sort()).toEqual(["a send", "b send"]);
  });

  test("a stream to another machine has its receiver opened there first and ended after", async () => {
    const asked: string[] = [];
    const [across, within] = await sendAcross(
      requests(stream(1, "a1", "b1"), stream(2, "a1", "a2")),
      machines(asked),
    );
    expect(asked.map((text) => text.split(" ", 2).join(" "))).toEqual([
      "b receive-start",
      "a send",
      "b receive-stop",
    ]);
    expect(asked[1]).toContain('"receiverPort":7001');
    expect(asked[1]).not.toContain('"receiverPort":7002');
    expect(across).toMatchObject({ sent: 5, receivedBySocket: 5 });
    expect(within).not.toHaveProperty("receivedBySocket");
  });

  test("a receiver that cannot be opened is told, and nothing is sent to it", async () => {
    const asked: string[] = [];
    const [failed, fine] = await sendAcross(
      requests(stream(1, "a1", "b1"), stream(2, "a1", "b2")),
      machines(asked, 1),
    );
    expect(failed).toMatchObject({ sent: 0, error: "EADDRNOTAVAIL" });
    expect(fine).toMatchObject({ sent: 5 });
    expect(asked[1]).not.toContain('"s1"');
  });
});
