import type { Finding, Outcome } from "../score/finding.ts";
import type { Result } from "../score/result.ts";
import { plain, xml } from "./escape.ts";
import { type ReachabilityGrid, reachabilityGrid } from "./reachability-grid.ts";
import { countFindings, type Section, sectionsOf } from "./section.ts";
import { formatCoverage, formatScore } from "./text.ts";

/** Fill and ink of each outcome; a glyph says the same to those who do not see the colours. */
const looks: Readonly<
  Record<Outcome, { readonly fill: string; readonly ink: string; readonly glyph: string }>
> = {
  pass: { fill: "#d7f0dd", ink: "#14532d", glyph: "✓" },
  fail: { fill: "#b91c1c", ink: "#ffffff", glyph: "✗" },
  inconclusive: { fill: "#fde9a9", ink: "#713f12", glyph: "?" },
  error: { fill: "#7e22ce", ink: "#ffffff", glyph: "!" },
  "not-applicable": { fill: "#eceff3", ink: "#64748b", glyph: "–" },
};

const margin = 28;
const rowHeight = 30;
const cellSize = 30;
/** Average width of a character of the 13 px sans-serif, generously: text is cut by this, so it must not be too small. */
const characterWidth = 7.4;
const boardWidth = 900;

function text(
  x: number,
  y: number,
  content: string,
  attributes: Readonly<Record<string, string | number>> = {},
): string {
  const rest = Object.entries(attributes)
    .map(([name, value]) => ` ${name}="${xml(String(value))}"`)
    .join("");
  return `<text x="${x}" y="${y}"${rest}>${xml(content)}</text>`;
}

function cut(content: string, width: number): string {
  const room = Math.max(4, Math.floor(width / characterWidth));
  const shown = plain(content);
  return shown.length <= room ? shown : `${shown.slice(0, room - 1)}…`;
}

function badge(x: number, y: number, outcome: Outcome): string {
  const { fill, ink, glyph } = looks[outcome];
  return `<rect x="${x}" y="${y}" width="124" height="22" rx="5" fill="${fill}"/>${text(x + 62, y + 15.5, `${glyph} ${outcome}`, { "text-anchor": "middle", fill: ink, "font-weight": 600 })}`;
}

/** A bar of passed, failed and other findings in proportion. */
function findingsBar(x: number, y: number, section: Section): string {
  const width = 120;
  const total = section.findings.length;
  if (total === 0) return "";
  const order: readonly Outcome[] = ["pass", "fail", "error", "inconclusive", "not-applicable"];
  let from = x;
  const parts = order.map((outcome) => {
    const count = section.findings.filter((finding) => finding.outcome === outcome).length;
    const part = (count / total) * width;
    const fill = outcome === "pass" ? "#4ba667" : looks[outcome].fill;
    const bar =
      count === 0
        ? ""
        : `<rect x="${from.toFixed(1)}" y="${y}" width="${part.toFixed(1)}" height="8" fill="${fill}"/>`;
    from += part;
    return bar;
  });
  return `<g><title>${xml(countFindings(section.findings))}</title>${parts.join("")}</g>`;
}

function boardRow(section: Section, y: number): string {
  const waived = section.findings.filter((finding) => finding.waived !== undefined).length;
  const reason = waived === 0 ? section.reason : `${section.reason} (${waived} waived)`;
  return [
    `<line x1="${margin}" x2="${margin + boardWidth}" y1="${y}" y2="${y}" stroke="#e2e8f0"/>`,
    text(margin, y + 20, section.id, { "font-weight": 600 }),
    text(margin + 108, y + 20, section.level, { fill: "#64748b" }),
    badge(margin + 184, y + 4, section.outcome),
    text(margin + 356, y + 20, formatScore(section.score), { "text-anchor": "end" }),
    findingsBar(margin + 374, y + 11, section),
    `<g><title>${xml(reason)}</title>${text(margin + 512, y + 20, cut(reason, boardWidth - 512), { fill: "#334155" })}</g>`,
  ].join("");
}

function tooltip(finding: Finding): string {
  return `${finding.subject}: ${finding.outcome}; expected ${finding.expected}; observed ${finding.observed}`;
}

function gridCell(findings: readonly Finding[], outcome: Outcome, x: number, y: number): string {
  const { fill, ink, glyph } = looks[outcome];
  const waived = findings.some((finding) => finding.waived !== undefined);
  const border = waived ? ' stroke="#64748b" stroke-dasharray="3 2"' : "";
  return `<g><title>${xml(findings.map(tooltip).join(" / "))}</title><rect x="${x + 1}" y="${y + 1}" width="${cellSize - 2}" height="${cellSize - 2}" rx="4" fill="${fill}"${border}/>${text(x + cellSize / 2, y + 20, glyph, { "text-anchor": "middle", fill: ink, "font-weight": 600 })}</g>`;
}

const legendText =
  "✓ as intended, ✗ not as intended, ? inconclusive, ! error, • not judged, dashed border: waived";

/** Height of the slanted column titles above the grid. */
function titleHeight(grid: ReachabilityGrid): number {
  const longest = Math.max(...grid.columns.map((column) => column.length));
  return Math.min(180, Math.ceil(longest * characterWidth * 0.72) + 24);
}

function renderGrid(grid: ReachabilityGrid, top: number): string {
  const labelWidth = Math.min(
    220,
    Math.max(...grid.rows.map((row) => row.length)) * characterWidth + 14,
  );
  const left = margin + labelWidth;
  const first = top + 34 + titleHeight(grid);
  const titles = grid.columns.map((column, index) => {
    const x = left + index * cellSize + 12;
    return text(x, first - 8, cut(column, 230), { transform: `rotate(-45 ${x} ${first - 8})` });
  });
  const rows = grid.rows.map((row, at) => {
    const y = first + at * cellSize;
    const cells = grid.columns.map((column, index) => {
      const cell = grid.cell(row, column);
      const x = left + index * cellSize;
      return cell === undefined
        ? `<rect x="${x + 13}" y="${y + 13}" width="4" height="4" rx="2" fill="#cbd5e1"/>`
        : gridCell(cell.findings, cell.outcome, x, y);
    });
    return `${text(margin, y + 20, cut(row, labelWidth))}${cells.join("")}`;
  });
  const heading = text(margin, top + 20, "Reachability: senders down, targets across", {
    "font-size": 15,
    "font-weight": 600,
  });
  const legend = text(margin, first + grid.rows.length * cellSize + 26, legendText, {
    fill: "#64748b",
  });
  return [heading, ...titles, ...rows, legend].join("\n");
}

function gridSize(grid: ReachabilityGrid): { readonly width: number; readonly height: number } {
  return {
    width: 220 + grid.columns.length * cellSize + titleHeight(grid),
    height: 34 + titleHeight(grid) + grid.rows.length * cellSize + 36,
  };
}

/** The report as one self-contained SVG: the scoreboard, and who reaches whom. No script, font or address is loaded. */
export function renderPicture(result: Result): string {
  const sections = sectionsOf(result);
  const grid = reachabilityGrid(result.reachability?.findings ?? []);
  const boardTop = 112;
  const boardBottom = boardTop + sections.length * rowHeight + 16;
  const size = grid === undefined ? { width: 0, height: 0 } : gridSize(grid);
  const width = 2 * margin + Math.max(boardWidth, size.width);
  const height = boardBottom + size.height + margin;
  const body = [
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    text(margin, 44, cut(result.lab, 560), { "font-size": 22, "font-weight": 700 }),
    text(margin, 68, `NIST SP 800-125B (draft 2015-09-28), ${plain(result.startedAt)}`, {
      fill: "#64748b",
    }),
    text(margin, 90, `coverage: ${formatCoverage(result)}`, { fill: "#334155" }),
    text(margin + boardWidth, 52, formatScore(result.score), {
      "text-anchor": "end",
      "font-size": 34,
      "font-weight": 700,
    }),
    text(margin + boardWidth, 72, "score of required", { "text-anchor": "end", fill: "#64748b" }),
    ...sections.map((section, index) => boardRow(section, boardTop + index * rowHeight)),
    ...(grid === undefined ? [] : [renderGrid(grid, boardBottom)]),
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${xml(`${result.lab}: score ${formatScore(result.score)}, ${formatCoverage(result)}`)}" font-family="system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif" font-size="13" fill="#0f172a">\n${body.join("\n")}\n</svg>\n`;
}
