import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { takeDown } from "../../src/apply/take-down.ts";
import { keepServices } from "../../src/daemon/kept-services.ts";
import { LabOnMachine } from "../../src/daemon/lab-on-machine.ts";
import { listNamespaces } from "../../src/machine/netns/named.ts";
import { diff } from "../../src/plan/diff.ts";
import type { LabObject } from "../../src/plan/object.ts";
import { EchoServices } from "../../src/traffic/services.ts";
import { networks } from "./apply-objects.ts";
import { rootNamespace } from "./lifecycle-stage.ts";

const prefix = `lab-prop${process.pid}-n`;
let directory = "";

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "lab-apply-"));
});

afterEach(async () => {
  await takeDown(journal());
  rmSync(directory, { recursive: true });
});

function journal(): string {
  return join(directory, "journal.jsonl");
}

function left(): readonly string[] {
  return listNamespaces()
    .map(({ name }) => name)
    .filter((name) => name.startsWith(prefix));
}

/** A lab that lives as long as `work`, and then goes without a trace. */
async function inLab(work: (lab: LabOnMachine) => Promise<void>): Promise<void> {
  {
    using echo = new EchoServices();
    await work(new LabOnMachine("prop", journal(), keepServices(echo)));
  }
  await takeDown(journal());
  expect(left()).toEqual([]);
  rmSync(journal());
}

async function makeSo(lab: LabOnMachine, desired: readonly LabObject[]): Promise<void> {
  lab.apply(diff(desired, await lab.read(desired)));
  expect(diff(desired, await lab.read(desired))).toEqual([]);
}

const runs = { numRuns: 25, endOnFailure: true } as const;

test("any network is made, becomes any other one, and is taken away", {
  timeout: 120_000,
}, async () => {
  const before = rootNamespace();
  await fc.assert(
    fc.asyncProperty(networks(prefix), networks(prefix), async (first, second) => {
      await inLab(async (lab) => {
        await makeSo(lab, first);
        await makeSo(lab, second);
        await makeSo(lab, []);
        expect(left()).toEqual([]);
      });
    }),
    runs,
  );
  expect(rootNamespace()).toBe(before);
});

test("any change that leaves the nodes is undone exactly", { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(networks(prefix), networks(prefix), async (first, drawn) => {
      await inLab(async (lab) => {
        await makeSo(lab, first);
        const wanted = withNodesOf(first, drawn);
        const actual = await lab.read([...first, ...wanted]);
        const takeBack = lab.beginChange("any", diff(wanted, actual));
        expect(diff(wanted, await lab.read(wanted))).toEqual([]);
        takeBack();
        expect(diff(actual, await lab.read([...first, ...wanted]))).toEqual([]);
      });
    }),
    runs,
  );
});

/** What of `drawn` is in nodes that are there, and those nodes. */
function withNodesOf(
  first: readonly LabObject[],
  drawn: readonly LabObject[],
): readonly LabObject[] {
  const present = new Set(first.map(({ namespace }) => namespace));
  const isNode = (object: LabObject): boolean =>
    object.kind === "namespace" || (object.kind === "link" && object.type === "loopback");
  const missing = first.filter(
    (object) => isNode(object) && !drawn.some(({ namespace }) => namespace === object.namespace),
  );
  const fits = (object: LabObject): boolean =>
    present.has(object.namespace) &&
    !(object.kind === "link" && object.type === "veth" && !present.has(object.peer.namespace));
  const kept = drawn.filter(fits);
  const links = new Set(
    kept.flatMap((object) =>
      object.kind === "link" ? [`${object.namespace} ${object.name}`] : [],
    ),
  );
  const onLinks = kept.filter((object) => {
    if (object.kind === "address") return links.has(`${object.namespace} ${object.link}`);
    if (object.kind === "bridge-port") return links.has(`${object.namespace} ${object.name}`);
    return object.kind !== "route";
  });
  return [...missing, ...onLinks];
}
