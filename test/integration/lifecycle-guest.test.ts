import { expect, test } from "vitest";
import { eventually, plain, processesOf, rootNamespace, Stage } from "./lifecycle-stage.ts";

function guests(stage: Stage): readonly number[] {
  return processesOf(stage.directory)
    .filter(({ words }) => words.startsWith("qemu-system") || words.includes("/qemu-system"))
    .map(({ pid }) => pid);
}

test("lab up killed while its guest starts: down finds the guest by its mark and ends it", {
  timeout: 120_000,
}, async () => {
  await using stage = new Stage();
  const before = rootNamespace();
  const lab = stage.name();
  const file = stage.write("plain", plain(lab));
  const cut = stage.start("up", file, "--machine", "qemu");
  await eventually("its guest runs", () => guests(stage).length > 0, 20_000);
  process.kill(cut.pid, "SIGKILL");
  await cut.ended;
  expect(guests(stage)).not.toEqual([]);
  await stage.ok("down", lab);
  expect(stage.leftovers()).toEqual([]);
  const up = stage.start("up", file, "--machine", "qemu");
  await eventually("its guest runs", () => guests(stage).length > 0, 20_000);
  const interrupted = performance.now();
  process.kill(up.pid, "SIGINT");
  expect((await up.ended).code).toBe(130);
  expect(performance.now() - interrupted).toBeLessThan(10_000);
  expect(stage.leftovers()).toEqual([]);
  expect(rootNamespace()).toBe(before);
});

test("a guest that was killed: commands say so, down cleans up; one whose namespaces changed by hand is mended", {
  timeout: 120_000,
}, async () => {
  await using stage = new Stage();
  const lab = stage.name();
  const file = stage.write("plain", plain(lab));
  await stage.ok("up", file, "--machine", "qemu");
  expect(JSON.parse(await stage.ok("up", file, "--json"))).toMatchObject({ applied: 0, drift: [] });
  await stage.ok("exec", lab, "b", "--", "ip", "link", "set", "eth0", "mtu", "1400");
  const drifted = JSON.parse(await stage.ok("up", file, "--json")) as { drift: { act: string }[] };
  expect(drifted.drift.map(({ act }) => act)).toEqual(["set"]);
  await stage.ok("up", file, "--repair");
  expect(JSON.parse(await stage.ok("up", file, "--json"))).toMatchObject({ applied: 0, drift: [] });
  for (const pid of guests(stage)) process.kill(pid, "SIGKILL");
  await eventually("the guest is gone", () => guests(stage).length === 0);
  for (const words of [
    ["exec", lab, "a", "--", "true"],
    ["up", file],
    ["inspect", lab],
  ]) {
    const { code, err, milliseconds } = await stage.lab(...words);
    expect(code).toBe(4);
    expect(err).toMatch(/guest[\s\S]*lab down/);
    expect(milliseconds).toBeLessThan(9000);
  }
  await stage.ok("down", lab);
  expect(stage.leftovers()).toEqual([]);
});
