import { describe, expect, test } from "vitest";
import { SystemError } from "../../../src/machine/libc/system-error.ts";
import { summariseAnswers } from "../../../src/traffic/requests.ts";
import { SourcePorts } from "../../../src/traffic/source-ports.ts";
import { runTasks } from "../../../src/traffic/turns.ts";

describe("answers of several attempts", () => {
  test("the best one stands for them, the counts tell the rest", () => {
    expect(summariseAnswers([])).toEqual({});
    expect(summariseAnswers(["timeout"])).toEqual({ answer: "timeout" });
    expect(summariseAnswers(["timeout", "connected", "timeout"])).toEqual({
      answer: "connected",
      answers: { connected: 1, timeout: 2 },
    });
    expect(summariseAnswers(["none", "unreachable"]).answer).toBe("unreachable");
  });
});

describe("source ports", () => {
  test("no port comes twice in a scope before all have had their turn; scopes do not share", () => {
    const ports = new SourcePorts();
    const first = Array.from({ length: 28_000 }, () => ports.open("a tcp", (port) => port));
    expect(new Set(first).size).toBe(28_000);
    expect(ports.open("b tcp", (port) => port)).toBe(first[0]);
    expect(ports.open("a tcp", (port) => port)).toBe(first[0]);
  });

  test("a port that is taken is passed over, any other fault is passed on", () => {
    const ports = new SourcePorts();
    const refused = (code: number) => (port: number) => {
      if (port < 33_003) throw new SystemError("bind", code);
      return port;
    };
    expect(ports.open("a tcp", refused(98))).toBe(33_003);
    expect(() => new SourcePorts().open("a tcp", refused(99))).toThrow("EADDRNOTAVAIL");
  });
});

describe("tasks", () => {
  test("all run, never more than the limit at once, results in order", async () => {
    let running = 0;
    let most = 0;
    const tasks = Array.from({ length: 200 }, (_, number) => async () => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
      return number;
    });
    expect(await runTasks(tasks, 7)).toEqual(Array.from({ length: 200 }, (_, number) => number));
    expect(most).toBe(7);
  });
});
