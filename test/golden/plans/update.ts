/** Writes the goldens anew: `node_modules/.bin/node test/golden/plans/update.ts`; then read `git diff`. */
import { readdirSync, writeFileSync } from "node:fs";
import { goldenFileOf, goldenPlan, topologiesFolder } from "./golden-plan.ts";

for (const file of readdirSync(topologiesFolder)) {
  if (file.endsWith(".yml")) writeFileSync(goldenFileOf(file), goldenPlan(file));
}
