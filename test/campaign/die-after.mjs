// Read before a program by `NODE_OPTIONS=--import`: counts what the program has the kernel do (every native call, every
// write of a file) and kills it after the one that `LAB_CAMPAIGN_DIE` names, together with the command that started it.
// Between two of these nothing outside the program changes, so these are all the moments at which a kill can differ.
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import koffi from "koffi";

// biome-ignore lint/style/noProcessEnv: the campaign speaks to programs it does not start itself
const { LAB_CAMPAIGN_DIE: dieText = "0", LAB_CAMPAIGN_COUNT: countFile } = process.env;
const isDaemon = process.argv.includes("--journal");

if (isDaemon) {
  watchNativeCalls();
  watchWrites();
}

let count = 0;

function counted(result) {
  count += 1;
  if (count !== Number(dieText)) return result;
  try {
    process.kill(process.ppid, "SIGKILL");
  } finally {
    process.kill(process.pid, "SIGKILL");
  }
  // The signal is there when this process next leaves the kernel: it has gone before anything else is done.
  return result;
}

function watchNativeCalls() {
  const load = koffi.load;
  koffi.load = (...words) => {
    const library = load(...words);
    return new Proxy(library, {
      get: (target, name) => {
        if (name !== "func") return Reflect.get(target, name, target);
        return (...declaration) => {
          const call = target.func(...declaration);
          return (...values) => counted(call(...values));
        };
      },
    });
  };
}

function watchWrites() {
  const { writeSync } = fs;
  fs.writeSync = (...values) => counted(writeSync(...values));
  syncBuiltinESMExports();
  if (countFile !== undefined) {
    setInterval(() => fs.writeFileSync(countFile, String(count)), 20).unref();
  }
}
