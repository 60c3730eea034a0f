import type { Conversation } from "./conversations.ts";

const rule = "=".repeat(80);
const indent = " ".repeat(47);
const heading = [
  rule,
  "IPv4 Conversations",
  "Filter:<No Filter>",
  `${indent}|       <-      | |       ->      | |     Total     |    Relative    |   Duration   |`,
  `${indent}| Frames  Bytes | | Frames  Bytes | | Frames  Bytes |      Start     |              |`,
];

const rowsPerPiece = 512;

/** The table as TShark 4.0 prints it for `-q -z conv,ip`, byte for byte; in pieces, so that a long one needs no memory. */
export function* renderConversations(conversations: Iterable<Conversation>): Generator<string> {
  let lines = [...heading];
  for (const conversation of conversations) {
    lines.push(renderRow(conversation));
    if (lines.length >= rowsPerPiece) {
      yield `${lines.join("\n")}\n`;
      lines = [];
    }
  }
  lines.push(rule);
  yield `${lines.join("\n")}\n`;
}

function renderRow(row: Conversation): string {
  const frames = row.framesToFirst + row.framesToSecond;
  const bytes = row.bytesToFirst + row.bytesToSecond;
  const start = seconds(row.startNanoseconds);
  const duration = seconds(row.stopNanoseconds) - start;
  return (
    `${row.first.padEnd(20)} <-> ${row.second.padEnd(20)}  ` +
    `${count(row.framesToFirst, row.bytesToFirst)}  ` +
    `${count(row.framesToSecond, row.bytesToSecond)}  ` +
    `${count(frames, bytes)}  ` +
    `${start.toFixed(9).padStart(14)}   ${fixed4(duration).padStart(12)}`
  );
}

function count(frames: number, bytes: number): string {
  return `${String(frames).padStart(6)} ${size(bytes).padEnd(9)}`;
}

const prefixes = ["bytes", "kB", "MB", "GB", "TB"];

/** Whole units, the largest of which there are at least ten. */
function size(bytes: number): string {
  let value = bytes;
  let step = 0;
  while (value >= 10_000 && step < prefixes.length - 1) {
    value = Math.floor(value / 1000);
    step++;
  }
  return `${value} ${prefixes[step]}`;
}

function seconds(nanoseconds: number): number {
  const whole = Math.trunc(nanoseconds / 1e9);
  return whole + (nanoseconds - whole * 1e9) / 1e9;
}

/**
 * As C prints it: what lies exactly between two decimals goes to the even one (`toFixed` takes the larger). In binary
 * only odd multiples of 1/32 lie exactly between two multiples of 1/10,000.
 */
function fixed4(value: number): string {
  const below = Math.floor(value * 10_000);
  const isTie = Math.abs((value * 32) % 2) === 1;
  return isTie && below % 2 === 0 ? (below / 10_000).toFixed(4) : value.toFixed(4);
}
