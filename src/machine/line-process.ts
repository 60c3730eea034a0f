import { spawn } from "node:child_process";
import { bornToDie } from "./process-identity.ts";

/** A child that answers each line it is told with one line. */
export type LineProcess = {
  readonly pid: number;
  /** One question at a time. Undefined when the child has ended. */
  ask(line: string): Promise<string | undefined>;
  /** Closes its input, which tells it to end. */
  end(): void;
};

/**
 * Starts a child whose life hangs on this process: its input ends with us, and the kernel kills it should it not notice.
 * Its standard error is ours.
 */
export function startLineProcess(command: string, args: readonly string[]): LineProcess {
  const mortal = bornToDie(command, args);
  const child = spawn(mortal.command, mortal.arguments, { stdio: ["pipe", "pipe", "inherit"] });
  const answers: string[] = [];
  let waiting: ((line: string | undefined) => void) | undefined;
  let rest = "";
  let ended = false;
  const deliver = (): void => {
    if (waiting === undefined || (answers.length === 0 && !ended)) return;
    const resolve = waiting;
    waiting = undefined;
    resolve(answers.shift());
  };
  child.stdout.setEncoding("utf8");
  child.stdout.on("data", (chunk: string) => {
    const pieces = `${rest}${chunk}`.split("\n");
    rest = pieces.pop() ?? "";
    answers.push(...pieces);
    deliver();
  });
  const finish = (): void => {
    ended = true;
    deliver();
  };
  child.on("close", finish);
  child.on("error", finish);
  child.stdin.on("error", () => undefined); // a child that is gone is told by `close`
  return {
    pid: child.pid ?? 0,
    ask: (line) => {
      child.stdin.write(`${line}\n`);
      return new Promise((resolve) => {
        waiting = resolve;
        deliver();
      });
    },
    end: () => {
      child.stdin.end();
    },
  };
}
