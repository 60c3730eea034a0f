import { milliseconds } from "../../units/milliseconds.ts";
import { indexed } from "../source/indexed.ts";
import type { Topology, Waiver } from "../topology.ts";
import type { WrittenTopology } from "../written.ts";
import type { Context } from "./context.ts";
import { duration } from "./links.ts";

/** What the file says about outcomes. */
export function resolveVerdicts(
  context: Context,
  written: WrittenTopology,
): Pick<Topology, "failoverWithin" | "failoverWithinLacp" | "expect" | "waivers"> {
  const limit = (key: "failoverWithin" | "failoverWithinLacp", otherwise: number) =>
    written[key] === undefined ? milliseconds(otherwise) : duration(context, [key], written[key]);
  const expected = Object.entries(written.expect ?? {}).map(([id, form]) => [
    id,
    typeof form === "string" ? form : form.outcome,
  ]);
  return {
    failoverWithin: limit("failoverWithin", 1000),
    failoverWithinLacp: limit("failoverWithinLacp", 4000),
    expect: Object.fromEntries(expected),
    waivers: resolveWaivers(context, written),
  };
}

function resolveWaivers(context: Context, written: WrittenTopology): readonly Waiver[] {
  return indexed(written.waivers ?? []).map(([index, form]) => {
    const day = new Date(`${form.expires}T00:00:00Z`);
    if (Number.isNaN(day.getTime()) || day.toISOString().slice(0, 10) !== form.expires) {
      const message = `${form.expires} is not a day of the calendar; write the last day it holds, such as 2026-12-31`;
      context.report(["waivers", index, "expires"], message);
    }
    const { recommendation, reason, expires } = form;
    return { recommendation, subject: form.subject ?? "*", reason, expires };
  });
}
