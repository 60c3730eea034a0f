import { beforeAll, describe, expect, test } from "vitest";
import type { CaptureReport } from "./capture-scenario.ts";
import { reportFromGuest } from "./run-in-guest.ts";

let report: CaptureReport;

beforeAll(async () => {
  report = await reportFromGuest<CaptureReport>("capture-scenario");
}, 120_000);

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
