import { milliseconds, parseDuration } from "../../units/milliseconds.ts";
import type { Path } from "../diagnostic.ts";
import { indexed } from "../source/indexed.ts";
import type { Endpoint, Impairment, Link } from "../topology.ts";
import type { WrittenImpairment, WrittenLink, WrittenTopology } from "../written.ts";
import { type Context, parsed } from "./context.ts";
import { isList, type NodeIndex, portOf } from "./node-index.ts";

export const defaultMtu = 1500;

/** What is at the other end of a port's cable. */
type Cable = { readonly peer: Endpoint; readonly mtu: number; readonly path: Path };

/** By `node:port`. */
export type Cabling = ReadonlyMap<string, Cable>;

export function resolveLinks(
  context: Context,
  written: WrittenTopology,
  nodes: NodeIndex,
): { readonly links: readonly Link[]; readonly cabling: Cabling } {
  const links: Link[] = [];
  const cabling = new Map<string, Cable>();
  for (const [index, form] of indexed(written.links ?? [])) {
    const path: Path = ["links", index];
    const ends = endsOf(form);
    const endPath = isList(form) ? path : [...path, "between"];
    const [a, b] = indexed(ends).map(([at, text]) =>
      endpoint(context, [...endPath, at], text, nodes, cabling),
    );
    if (a === undefined || b === undefined) continue;
    if (a.node === b.node && a.port === b.port) {
      context.report(path, `${a.node}:${a.port} is cabled to itself; a cable has two ends`);
      continue;
    }
    const mtu = ("mtu" in form ? form.mtu : undefined) ?? defaultMtu;
    const impairment = impairmentOf(context, path, form);
    const link: Link = { a, b, mtu, ...(impairment === undefined ? {} : { impairment }) };
    context.mark(link, path);
    links.push(link);
    cabling.set(`${a.node}:${a.port}`, { peer: b, mtu, path });
    cabling.set(`${b.node}:${b.port}`, { peer: a, mtu, path });
  }
  return { links, cabling };
}

function endsOf(form: WrittenLink): readonly string[] {
  return "between" in form ? form.between : form;
}

function endpoint(
  context: Context,
  path: Path,
  text: string,
  nodes: NodeIndex,
  cabling: Cabling,
): Endpoint | undefined {
  const found = portOf(context, path, text, nodes);
  if (found === undefined) return undefined;
  const { node, port, entry } = found;
  if (entry.host !== undefined) {
    const message = `${node} runs on host ${entry.host}: its vNICs are attached to a virtual switch (portGroup), not cabled; leave out its host or this link`;
    context.report(path, message);
    return undefined;
  }
  const other = cabling.get(`${node}:${port}`);
  if (other !== undefined) {
    const message = `${node}:${port} is cabled to ${other.peer.node}:${other.peer.port} already (${context.position(other.path)}); a port takes one cable`;
    context.report(path, message);
    return undefined;
  }
  return { node, port };
}

function impairmentOf(context: Context, path: Path, form: WrittenLink): Impairment | undefined {
  if (!("impair" in form) || form.impair === undefined) return undefined;
  const at = [...path, "impair"];
  const { delay, jitter, loss, rate } = form.impair;
  if (jitter !== undefined && delay === undefined) {
    context.report(
      [...at, "jitter"],
      "jitter is the variation of a delay; give the delay too",
      "key",
    );
  }
  return {
    ...(delay === undefined ? {} : { delay: duration(context, [...at, "delay"], delay) }),
    ...(jitter === undefined ? {} : { jitter: duration(context, [...at, "jitter"], jitter) }),
    ...(loss === undefined ? {} : { loss: Number.parseFloat(String(loss)) }),
    ...(rate === undefined ? {} : { rate: bitsPerSecond(rate) }),
  };
}

/** 0 where the text is refused. */
export function duration(
  context: Context,
  path: Path,
  text: string,
): ReturnType<typeof milliseconds> {
  return parsed(context, path, () => parseDuration(text)) ?? milliseconds(0);
}

const rateUnits = { bit: 1, kbit: 1e3, mbit: 1e6, gbit: 1e9 } as const;

function bitsPerSecond(text: NonNullable<WrittenImpairment["rate"]>): number {
  const [, number, unit] = /^([0-9.]+)\s*(bit|kbit|mbit|gbit)$/.exec(text) ?? [];
  return Math.round(Number(number) * rateUnits[(unit ?? "bit") as keyof typeof rateUnits]);
}
