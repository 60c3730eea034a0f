/** Edits (insert, delete, replace, swap of neighbours) that turn `a` into `b`; case counts half. */
function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = substitutionCost(a.charAt(i - 1), b.charAt(j - 1));
      let cost = Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + same);
      const swapped = a.charAt(i - 1) === b.charAt(j - 2) && a.charAt(i - 2) === b.charAt(j - 1);
      if (i > 1 && j > 1 && swapped) cost = Math.min(cost, (before[j - 2] ?? 0) + 1);
      next.push(cost);
    }
    before = row;
    row = next;
  }
  return row[b.length] ?? 0;
}

function substitutionCost(a: string, b: string): number {
  if (a === b) return 0;
  return a.toLowerCase() === b.toLowerCase() ? 0.5 : 1;
}

/** The candidate that was probably meant, if one is near enough (a third of its length, at least one edit). */
export function nearest(text: string, candidates: readonly string[]): string | undefined {
  if (text.length > 100) return undefined;
  let best: { readonly name: string; readonly distance: number } | undefined;
  for (const name of candidates) {
    const distance = editDistance(text, name);
    const near = distance <= Math.max(1, Math.floor(name.length / 3));
    // "x" is not a misspelling of "a", although one edit makes it so.
    const alike = distance < Math.min(text.length, name.length);
    if (near && alike && distance < (best?.distance ?? 99)) {
      best = { name, distance };
    }
  }
  return best?.name;
}

/** `did you mean "web"?`, else `known: app, web` (the first twelve), else `there are none`. */
export function suggestion(text: string, candidates: readonly string[]): string {
  const near = nearest(text, candidates);
  if (near !== undefined) return `did you mean "${near}"?`;
  if (candidates.length === 0) return "there are none";
  const more = candidates.length > 12 ? ` and ${candidates.length - 12} more` : "";
  return `known: ${candidates.slice(0, 12).join(", ")}${more}`;
}
