/** Names of inputs, which are paths where a command gave them, as short as still tells them apart. */

/** The last `count` parts of a path. */
const lastParts = (name: string, count: number): string => name.split('/').slice(-count).join('/');

/**
 * For each of `names`, its last part, or as many as no other name ends with; a name that is there twice stays whole. Of `a/host.json`,
 * `b/host.json` and `c/dump.txt` these are `a/host.json`, `b/host.json` and `dump.txt`.
 */
export function shortNames(names: readonly string[]): string[] {
  const shortened = [...names];
  let open = names.map((_, i) => i);
  const most = names.reduce((parts, name) => Math.max(parts, name.split('/').length), 1);
  for (let count = 1; count <= Math.min(most, MOST_PARTS) && open.length > 0; count++) {
    const seen = new Map<string, number>();
    for (const i of open) {
      const end = lastParts(names[i] ?? '', count);
      seen.set(end, (seen.get(end) ?? 0) + 1);
    }
    const isOwn = (i: number): boolean => {
      const end = lastParts(names[i] ?? '', count);
      return end !== '' && seen.get(end) === 1;
    };
    for (const i of open) if (isOwn(i)) shortened[i] = lastParts(names[i] ?? '', count);
    open = open.filter(i => !isOwn(i));
  }
  return shortened;
}

/** Parts of a path that are looked at; a name is anybody's text. */
const MOST_PARTS = 32;
