import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { StreamSchedule } from "../../../src/traffic/stream-schedule.ts";

const ms = 1_000_000n;

describe("stream schedule", () => {
  test("nothing is due before the beginning, one at it, and one more each period", () => {
    const schedule = new StreamSchedule(1000, 50, 100n * ms);
    expect(schedule.total).toBe(50);
    expect(schedule.due(99n * ms)).toBe(0);
    expect(schedule.due(100n * ms)).toBe(1);
    schedule.advance(1, 100n * ms);
    expect(schedule.due(100n * ms)).toBe(0);
    expect(schedule.wait(100n * ms)).toBe(1n * ms);
    expect(schedule.due(103n * ms)).toBe(3);
  });

  test("a stall is caught up in bursts and does not move the end", () => {
    const schedule = new StreamSchedule(1000, 1000, 0n);
    schedule.advance(schedule.due(0n), 0n);
    const now = 500n * ms;
    const bursts: number[] = [];
    for (let due = schedule.due(now); due > 0; due = schedule.due(now)) {
      bursts.push(due);
      schedule.advance(due, now);
    }
    expect(Math.max(...bursts)).toBeLessThanOrEqual(64);
    expect(schedule.sent).toBe(501);
    expect(schedule.longestGapMs).toBe(500);
    expect(schedule.wait(now)).toBe(1n * ms);
  });

  test("whenever it is asked, exactly the total is sent, never early", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20_000 }),
        fc.integer({ min: 1, max: 300 }),
        fc.array(fc.integer({ min: 0, max: 40_000_000 }), { maxLength: 60 }),
        (rate, duration, steps) => {
          const schedule = new StreamSchedule(rate, duration, 0n);
          let now = 0n;
          const wake = () => {
            schedule.advance(schedule.due(now), now);
            const latestAllowed = Math.floor((Number(now) * rate) / 1e9) + 1;
            expect(schedule.sent).toBeLessThanOrEqual(latestAllowed);
          };
          for (const step of steps) {
            now += BigInt(step);
            wake();
          }
          for (let wait = schedule.wait(now); wait !== undefined; wait = schedule.wait(now)) {
            now += wait;
            wake();
          }
          expect(schedule.sent).toBe(schedule.total);
        },
      ),
    );
  });
});
