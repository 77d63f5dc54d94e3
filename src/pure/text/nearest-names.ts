/** Finds the names that a mistyped one may stand for, by the optimal string alignment distance (Damerau-Levenshtein). */

/** Longer texts get no suggestions: the work grows with the square of the length, and no name is half as long. */
const longestName = 64;

/** Edits between two short texts: insert, delete, replace, or swap two neighbours. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) cost = Math.min(cost, (beforeLast[j - 2] ?? 0) + 1);
      row.push(cost);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? 0;
}

/**
 * At most three of `names` within a third of the length of `text` (but one edit at least), nearest first, ties in the order
 * given. Letter case and the choice of `-` or `_` count for nothing. Empty for a text of no or more than 64 characters.
 */
export function nearestNames(text: string, names: Iterable<string>): string[] {
  if (text.length === 0 || text.length > longestName) return [];
  const fold = (name: string) => name.toLowerCase().replaceAll('_', '-');
  const wanted = fold(text);
  const limit = Math.max(1, Math.floor(text.length / 3));
  return [...names]
    .map(name => ({ name, distance: editDistance(wanted, fold(name)) }))
    .filter(({ distance }) => distance <= limit)
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 3)
    .map(({ name }) => name);
}
