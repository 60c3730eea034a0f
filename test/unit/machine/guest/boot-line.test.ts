import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { bootLine, initScript } from "../../../../src/machine/guest/init-script.ts";

const words = {
  hostname: "hv1",
  shares: [
    { tag: "usr", place: "/usr" },
    { tag: "packages", place: "/home/me/lab/node_modules" },
  ],
  seed: "00ff",
  epochNanoseconds: 1_700_000_000_000_000_123n,
};

test("a shell reads back what the boot line says", () => {
  const script = `${bootLine(words)} echo "$LAB_HOSTNAME|$LAB_SHARES|$LAB_SEED|$LAB_TIME|$LAB_NANOSECONDS"`;
  const said = execFileSync("/bin/sh", ["-c", script], { encoding: "utf8" }).trim();
  expect(said).toBe("hv1|usr=/usr packages=/home/me/lab/node_modules|00ff|1700000000|123");
});

test.each(["a'b", "$(reboot)", "a;b", "a\nb", "`x`"])("refuses %j", (hostname) => {
  expect(() => bootLine({ ...words, hostname })).toThrow(RangeError);
  expect(() => bootLine({ ...words, hostname: "plain" })).not.toThrow();
});

test("the shell finds no fault in the first process's script", () => {
  execFileSync("/bin/sh", ["-n"], { input: initScript() });
  expect(() => execFileSync("/bin/sh", ["-n"], { input: "if", stdio: "pipe" })).toThrow();
});
