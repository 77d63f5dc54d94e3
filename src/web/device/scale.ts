/** Config space on paper: offsets drawn to scale, long runs without a capability folded, labels that keep apart. */

/** A run of offsets, the end excluded. */
export interface Run {
  readonly from: number;
  readonly to: number;
}

/** A piece of the scale. */
export interface Segment extends Run {
  readonly y: number;
  readonly height: number;
  readonly isFolded: boolean;
}

export interface Scale {
  readonly segments: readonly Segment[];
  readonly height: number;
  /** Pixels from the top. */
  yOf(offset: number): number;
}

/** Shorter runs are not folded. */
const LEAST_FOLDED = 96;
const FOLDED_HEIGHT = 64;
/** Bytes that are left beside a fold. */
const BESIDE = 16;

/** Runs that nothing of `used` lies in, long enough to be folded. */
function gapsIn(space: Run, used: readonly Run[]): Run[] {
  const gaps: Run[] = [];
  let at = space.from;
  for (const { from, to } of [...used, { from: space.to, to: space.to }].sort((a, b) => a.from - b.from)) {
    const [first, last] = [at === space.from ? at : at + BESIDE, from === space.to ? from : from - BESIDE];
    if (last - first >= LEAST_FOLDED) gaps.push({ from: first, to: last });
    at = Math.max(at, to);
  }
  return gaps;
}

/** A scale for `space` whose unfolded bytes take about `wanted` pixels, between `least` and `most` pixels a byte. */
export function makeScale(
  space: Run,
  used: readonly Run[],
  { wanted, least, most, folds }: { readonly wanted: number; readonly least: number; readonly most: number; readonly folds: boolean },
): Scale {
  const gaps = folds ? gapsIn(space, used) : [];
  const folded = gaps.reduce((sum, { from, to }) => sum + to - from, 0);
  const perByte = Math.min(most, Math.max(least, wanted / Math.max(1, space.to - space.from - folded)));
  const segments: Segment[] = [];
  let [at, y] = [space.from, 0];
  const push = (to: number, isFolded: boolean): void => {
    if (to <= at) return;
    const height = isFolded ? FOLDED_HEIGHT : (to - at) * perByte;
    segments.push({ from: at, to, y, height, isFolded });
    [at, y] = [to, y + height];
  };
  for (const { from, to } of gaps) {
    push(from, false);
    push(to, true);
  }
  push(space.to, false);
  return {
    segments,
    height: y,
    yOf(offset) {
      const segment = segments.find(({ to }) => offset < to) ?? segments.at(-1);
      if (segment === undefined) return 0;
      const into = (offset - segment.from) / (segment.to - segment.from);
      return segment.y + Math.min(1, Math.max(0, into)) * segment.height;
    },
  };
}

/** Moves labels apart: at least `step` between two, as near as may be to where each is wanted, none below 0; in the order given. */
export function keepApart(wanted: readonly number[], step: number): number[] {
  const places: number[] = [];
  for (const y of wanted) places.push(Math.max(y, (places.at(-1) ?? -step) + step, 0));
  return places;
}

/** Runs of offsets in `space` for which `holds` is true. */
export function runsWhere({ from, to }: Run, holds: (at: number) => boolean): Run[] {
  const runs: Run[] = [];
  for (let at = from; at < to; at++) {
    if (!holds(at)) continue;
    const start = at;
    while (at + 1 < to && holds(at + 1)) at++;
    runs.push({ from: start, to: at + 1 });
  }
  return runs;
}
