/** `10, 20, 100-200`; long lists end in a count. */
export function formatIds(ids: readonly number[]): string {
  if (ids.length === 0) return "none";
  const sorted = [...new Set(ids)].sort((left, right) => left - right);
  const ranges: { start: number; end: number }[] = [];
  for (const id of sorted) {
    const last = ranges.at(-1);
    if (last !== undefined && last.end === id - 1) last.end = id;
    else ranges.push({ start: id, end: id });
  }
  const shown = ranges
    .slice(0, 12)
    .map(({ start, end }) => (start === end ? `${start}` : `${start}-${end}`))
    .join(", ");
  return ranges.length > 12 ? `${shown} ... (${sorted.length} ids)` : shown;
}
