import { execFile } from "node:child_process";
import { resolve } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const run = promisify(execFile);
const module = resolve(import.meta.dirname, "../../src/daemon/capabilities.ts");
const program = `
  const { readCapabilities } = await import(${JSON.stringify(module)});
  process.stdout.write(JSON.stringify(readCapabilities([])));
`;

/** What this kernel can do as seen by a program that lacks some of root's rights. */
async function capabilitiesWithout(...rights: readonly string[]): Promise<unknown> {
  const node = [process.execPath, "--no-warnings", "--input-type=module", "--eval", program];
  const { stdout } = await run("setpriv", [...rights, ...node]);
  return JSON.parse(stdout);
}

test("who may not make namespaces is told so, and goes on", async () => {
  expect(await capabilitiesWithout("--bounding-set", "-sys_admin")).toMatchObject({
    privileged: false,
    features: [],
  });
  expect(await capabilitiesWithout()).toMatchObject({ privileged: true });
});
