// Makes a fresh Debian 12 ready for the lab: `node bin/setup.mjs [demo|test|check|bench]`. Does nothing, quickly, when
// nothing is missing. Plain JavaScript without packages, so that an old Node can at least say that it is too old.
import { fetchKernel, hasKernel } from "./setup-kernel.mjs";
import { installNodeModules } from "./setup-modules.mjs";
import { installPackages, packagesFor } from "./setup-packages.mjs";
import { fail } from "./setup-run.mjs";

const purpose = process.argv[2] ?? "demo";

try {
  requireMachine(process);
  installPackages(packagesFor(purpose));
  installNodeModules();
  if (purpose !== "check" && !hasKernel()) fetchKernel();
} catch (error) {
  if (error?.fix === undefined && error?.syscall === undefined) throw error;
  const fix = error.fix ?? "make room on the disk, or see who may write there, then run this again";
  process.stderr.write(`setup: ${error.message}\n  fix: ${fix}\n`);
  process.exitCode = 4;
}

function requireMachine({ platform, arch, versions }) {
  if (!["demo", "test", "check", "bench"].includes(purpose)) {
    fail(
      `there is nothing to set up for ${purpose}`,
      "node bin/setup.mjs demo, test, check or bench",
    );
  }
  if (platform !== "linux" || arch !== "x64") {
    fail(
      `the lab needs Linux on an x86-64 processor, and this is ${platform} on ${arch}`,
      "use a Debian 12 on x86-64, for example in a virtual machine",
    );
  }
  if (Number.parseInt(versions.node, 10) < 20) {
    fail(
      `set-up needs Node 20 or later, and this is Node ${versions.node}`,
      "install a later Node, for example from https://nodejs.org/",
    );
  }
}
