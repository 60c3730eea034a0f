import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bundleProgram } from "../../src/machine/bundle.ts";
import { connectGuest } from "../../src/machine/guest/connect.ts";
import { findGuests, stopGuest } from "../../src/machine/guest/process.ts";
import { startGuest } from "../../src/machine/guest/start.ts";
import { lineChannel } from "../../src/machine/line-channel.ts";
import type { CaptureReport } from "./capture-scenario.ts";

const project = join(import.meta.dirname, "../..");
const base = mkdtempSync(join(tmpdir(), "lab-capture-"));
const mark = `lab-test-${process.pid}-capture`;
let report: CaptureReport;

beforeAll(async () => {
  const daemon = await bundleProgram(project, "test/integration/guest-daemon.ts", "guest-test");
  const entry = "test/integration/capture-scenario.ts";
  const scenario = await bundleProgram(project, entry, "capture-scenario");
  const guest = await startGuest({
    mark,
    daemon: daemon.file,
    stateDirectory: base,
    exchangeDirectory: join(base, "exchange"),
    projectDirectory: project,
  });
  const channel = lineChannel(await connectGuest(guest.controlSocket));
  const answer = await new Promise<string>((resolve, reject) => {
    channel.onLine(resolve);
    channel.onClose(() => reject(new Error("the guest ended before it answered")));
    channel.send(JSON.stringify({ command: `/.lab/node ${scenario.file}` }));
  });
  channel.close();
  const { stdout, stderr } = JSON.parse(answer) as { stdout: string; stderr: string };
  expect(stderr).toBe("");
  report = JSON.parse(stdout) as CaptureReport;
}, 120_000);

afterAll(async () => {
  for (const found of await findGuests(mark)) await stopGuest(found);
  rmSync(base, { recursive: true, force: true });
});

describe("a guest with one processor", () => {
  test("tags are in the recordings as they are on the wire, also where the kernel keeps them beside the frame", () => {
    const out = 2;
    const tagged = ["8100a00a88b6", "8100000a8100e01e88b6"];
    const untagged = ["88b6", "8100e01e88b6"];
    const all = (direction: number, list: readonly string[]) =>
      list.map((text) => `${direction} ${text}`);
    expect(report.tags).toEqual({
      "hosts:h1": all(out, tagged),
      "sw:p1": all(1, tagged),
      "sw:p2": all(out, untagged),
      "hosts:h2": all(1, untagged),
      "sw:p3": all(out, tagged),
      "hosts:h3": all(1, tagged),
    });
  });

  test("twenty points of a thousand frames a second are recorded without loss", () => {
    const { sent, points } = report.flood;
    expect(sent).toBe(1000);
    expect(points.length).toBe(20);
    for (const { point, dropped, sentinel, written } of points) {
      expect({ point, dropped, isEnded: sentinel !== undefined, all: written >= sent }).toEqual({
        point,
        dropped: 0,
        isEnded: true,
        all: true,
      });
    }
  });

  test("a stream keeps its number and its rate", () => {
    expect(report.stream).toMatchObject({ sent: 1000, receivedBySocket: 1000 });
    expect(report.stream.error).toBeUndefined();
  });
});
