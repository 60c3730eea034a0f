import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface, type Interface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { PointToRecord } from "../../src/capture/recorder.ts";
import type { RecorderAnswer, RecorderCommand } from "../../src/capture/recorder-main.ts";
import { Prober } from "../../src/traffic/prober.ts";
import type { Point } from "../../src/trial/trial.ts";
import { readPackets } from "./capture-reader.ts";
import { until } from "./traffic-network.ts";
import { TrafficStage } from "./traffic-stage.ts";

const program = `
  import { runRecorder } from ${JSON.stringify(join(import.meta.dirname, "../../src/capture/recorder-main.ts"))};
  await runRecorder(process.stdin, process.stdout);
`;

let stage: TrafficStage;
let prober: Prober;
let directory: string;

beforeAll(() => {
  stage = new TrafficStage();
  prober = new Prober();
  directory = mkdtempSync(join(tmpdir(), "lab-capture-"));
});
afterAll(() => {
  rmSync(directory, { recursive: true });
  prober[Symbol.dispose]();
  stage[Symbol.dispose]();
});

/** A recorder in a process of its own. */
class RecorderProcess implements Disposable {
  readonly child: ChildProcessByStdio<Writable, Readable, null> = spawn(
    process.execPath,
    ["--input-type=module", "--eval", program],
    { stdio: ["pipe", "pipe", "inherit"] },
  );
  readonly #lines: Interface = createInterface({ input: this.child.stdout });

  async ask(command: RecorderCommand): Promise<RecorderAnswer> {
    const answer = once(this.#lines, "line");
    this.child.stdin.write(`${JSON.stringify(command)}\n`);
    return JSON.parse((await answer)[0]);
  }

  [Symbol.dispose](): void {
    this.child.kill("SIGKILL");
  }
}

function points(): readonly PointToRecord[] {
  return [
    { point: "web1:eth0" as Point, namespace: stage.left, interface: "eth0" },
    { point: "db1:eth0" as Point, namespace: stage.right, interface: "eth0" },
  ];
}

describe("recorder process", () => {
  test("start, ready, stop, stopped; then it may start again", async () => {
    using recorder = new RecorderProcess();
    for (const count of [3, 4]) {
      expect(await recorder.ask({ start: { directory, points: points() } })).toEqual({
        ready: { failures: [] },
      });
      const request = stage.frames({ count });
      const [sent] = await prober.send([request]);
      const answer = await recorder.ask({ stop: true });
      expect(answer).toMatchObject({
        stopped: {
          failures: [],
          points: [
            { point: "web1:eth0", dropped: 0 },
            { point: "db1:eth0", dropped: 0 },
          ],
        },
      });
      for (const name of ["web1.pcapng", "db1.pcapng"]) {
        const { packets, whole } = readPackets(join(directory, name));
        const times = packets
          .filter(({ token }) => token?.index === request.index)
          .map(({ time }) => time);
        expect(times.length).toBe(count);
        // The prober and the recorder tell the time of one clock.
        expect(times.every((time) => time >= BigInt(sent?.beganAt ?? 0))).toBe(true);
        expect(times.every((time) => time <= BigInt(sent?.endedAt ?? 0))).toBe(true);
        expect(whole).toBe(true);
      }
    }
    expect(await recorder.ask({ stop: true })).toMatchObject({
      failed: { message: "nothing is being recorded" },
    });
    recorder.child.stdin.end();
    expect(await once(recorder.child, "exit")).toEqual([0, null]);
  });

  test("a start that cannot be is refused with its reason, and the process stays", async () => {
    using recorder = new RecorderProcess();
    const start = { directory: join(directory, "absent"), points: points() };
    expect(await recorder.ask({ start })).toMatchObject({
      failed: { message: expect.stringContaining("ENOENT") },
    });
    expect(await recorder.ask({ start: { directory, points: points() } })).toEqual({
      ready: { failures: [] },
    });
  });

  test("killed: what was written can be read, and no sentinel ends it", async () => {
    using recorder = new RecorderProcess();
    await recorder.ask({ start: { directory, points: points() } });
    const size = () => statSync(join(directory, "db1.pcapng")).size;
    const empty = size();
    const request = stage.frames({ count: 100 });
    await prober.send([request]);
    await until("the flush", () => size() > empty);
    recorder.child.kill("SIGKILL");
    await once(recorder.child, "exit");
    const { packets, statistics } = readPackets(join(directory, "db1.pcapng"));
    expect(packets.filter(({ token }) => token?.index === request.index).length).toBe(100);
    expect(packets.filter(({ isSentinel }) => isSentinel)).toEqual([]);
    expect(statistics).toEqual([]);
  });

  test("the end of its input stops it at once, without sentinels", async () => {
    using recorder = new RecorderProcess();
    await recorder.ask({ start: { directory, points: points() } });
    const request = stage.frames({ count: 10 });
    await prober.send([request]);
    await until("the flush", () => statSync(join(directory, "db1.pcapng")).size > 1000);
    recorder.child.stdin.end();
    expect(await once(recorder.child, "exit")).toEqual([0, null]);
    const { packets, statistics, whole } = readPackets(join(directory, "db1.pcapng"));
    expect(packets.filter(({ token }) => token?.index === request.index).length).toBe(10);
    expect(packets.filter(({ isSentinel }) => isSentinel)).toEqual([]);
    expect({ whole, blocks: statistics.length }).toEqual({ whole: true, blocks: 1 });
  });
});
