import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import type { Evidence } from "../../../src/evidence/evidence.ts";
import { readEvidence } from "../../../src/evidence/read-evidence.ts";
import {
  serialiseDrops,
  serialiseFact,
  serialiseRunLine,
} from "../../../src/evidence/run-directory.ts";
import { echoFrame } from "../../../src/packet/frame.ts";
import type { ConnectionProbe, Point, ProbeId } from "../../../src/trial/trial.ts";
import { ipAddress } from "../../../src/units/ip.ts";
import { link, memoryFiles, runFiles, second, sent, token, trial } from "./run.ts";

const a = ipAddress("10.0.0.1");
const b = ipAddress("10.0.0.2");
const ab = { source: a, destination: b };
const from = "web1:eth0" as Point;

function connection(kind: ConnectionProbe["kind"]): ConnectionProbe {
  return { kind, id: kind as ProbeId, from, to: b, count: 1 };
}

async function read(files: Record<string, Uint8Array | string>): Promise<Evidence> {
  const [evidence] = await readEvidence(memoryFiles(files));
  if (evidence === undefined) throw new Error("no evidence");
  return evidence;
}

test("changes and facts of a trial are there; a cut-off line and a damaged fact are not", async () => {
  const files = runFiles([sent(connection("icmp"), 2)], [from], []);
  const change = {
    change: { kind: "test-trunk", switch: "tor1" } as const,
    phase: "p",
    beganAt: second,
    endedAt: 2n * second,
  };
  files["probes.jsonl"] +=
    `${serialiseRunLine({ kind: "change", trial, change })}{"kind":"probe","tri`;
  const fact = serialiseFact({
    trial,
    phase: "p",
    moment: "before",
    query: { kind: "links", node: "hv1" },
    source: "ip -j link",
    value: [1],
  });
  files["facts/hv1.json"] = fact;
  files["facts/hv2.json"] = fact.slice(0, 20);
  const evidence = await read(files);
  expect(evidence.changes).toEqual([change]);
  const sha256 = createHash("sha256").update(fact).digest("hex");
  expect(evidence.facts).toEqual([
    { path: "facts/hv1.json", phase: "p", moment: "before", value: [1], sha256 },
  ]);
});

test("a recording that is cut off, missing or uncounted says so, and has the digest of its bytes", async () => {
  const path = "points/one.pcapng";
  const whole = runFiles(
    [sent(connection("icmp"), 2)],
    [from],
    [
      {
        at: from,
        way: "out",
        bytes: echoFrame(link, ab, { identifier: 1, sequence: 1 }, token(2)),
      },
    ],
  );
  const bytes = whole[path] as Uint8Array;
  const intact = (await read(whole)).recordings[0];
  expect(intact?.fault).toBeUndefined();
  expect(intact?.sha256).toBe(createHash("sha256").update(bytes).digest("hex"));

  const cut = await read({ ...whole, [path]: bytes.subarray(0, bytes.length - 10) });
  expect(cut.recordings[0]?.fault).toContain("the file ends inside an item");
  expect(cut.recordings[0]?.points[0]).not.toHaveProperty("sentinel");
  expect(cut.sightings).toHaveLength(1);

  const garbage = new Uint8Array(5000).fill(1);
  const broken = (await read({ ...whole, [path]: garbage })).recordings[0];
  expect(broken?.sha256).toBe(createHash("sha256").update(garbage).digest("hex"));

  const { [path]: _, ...without } = whole;
  expect((await read(without)).recordings[0]?.fault).toBe("the file is missing");
  const uncounted = await read({ ...whole, "drops.json": serialiseDrops({ recordings: [] }) });
  expect(uncounted.recordings).toEqual([]);
});

test("a sentinel that the recorder names counts only where the file shows one", async () => {
  const files = runFiles([sent(connection("icmp"), 2)], [from], []);
  files["drops.json"] = String(files["drops.json"]).replace('"sentinel": 1', '"sentinel": 2');
  expect((await read(files)).recordings[0]?.points[0]).not.toHaveProperty("sentinel");
});
