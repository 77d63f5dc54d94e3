/** Places in links: a line for each view. Inputs stand in a link by their number among those that it wants, from 1. */
import { formatLink, type LinkParts, parseLink, valuesOf } from './link-text.ts';
import type { Place, Side } from './place.ts';
import { readWhatIf, whatIfParts } from './what-if-link.ts';

/** How places of one view stand in a link. */
interface PlaceCodec<P extends Place> {
  /** The ids of the sources that it shows, in order; `all` of the page, definitions too. */
  inputs(place: P): readonly string[] | 'all';
  /** `number` has the number of a source. */
  encode(place: P, number: (source: string) => string): LinkParts;
  /** `value` has the value of a key, `source` the id of a source by its number; null for what does not fit. */
  decode(value: (key: string) => string | null, source: (number: string | null) => string | null): P | null;
}

const FIRST = '1';

/** A whole number from 0; null for any other text. */
const wholeNumber = (text: string | null): number | null => (text !== null && /^\d{1,7}$/.test(text) ? Number(text) : null);

type SideName = 'a' | 'b';

/** `a=1.3` is the device 3 of the first input, `a=1` the whole; `a-asks` its own question, as a link of its own. */
function sideParts(name: SideName, { source, device, asked }: Side, number: (source: string) => string): LinkParts {
  return [
    [name, device === null ? number(source) : `${number(source)}.${device}`],
    ...(asked === null ? [] : [[`${name}-asks`, formatLink(whatIfParts(asked))] as const]),
  ];
}

function readSide(name: SideName, value: (key: string) => string | null, sourceOf: (number: string | null) => string | null): Side | null {
  const [, input = null, device = null] = /^(\d+)(?:\.(\d+))?$/.exec(value(name) ?? '') ?? [];
  const source = sourceOf(input);
  if (source === null) return null;
  const asks = value(`${name}-asks`);
  const link = asks === null ? null : parseLink(asks);
  return { source, device: wholeNumber(device), asked: link?.kind === 'link' ? readWhatIf(link.parts).question : null };
}

const CODECS: { readonly [V in Place['view']]: PlaceCodec<Extract<Place, { view: V }>> } = {
  start: { inputs: () => [], encode: () => [], decode: () => ({ view: 'start' }) },
  host: {
    inputs: ({ source }) => [source],
    encode: () => [],
    decode: (_, sourceOf) => {
      const source = sourceOf(FIRST);
      return source === null ? null : { view: 'host', source };
    },
  },
  device: {
    inputs: ({ source }) => [source],
    encode: ({ device }) => [['device', `${device}`]],
    decode: (value, sourceOf) => {
      const [source, device] = [sourceOf(FIRST), wholeNumber(value('device'))];
      return source === null || device === null ? null : { view: 'device', source, device };
    },
  },
  compare: {
    inputs: ({ a, b }) => [...new Set([a.source, ...(b === null ? [] : [b.source])])],
    encode: ({ a, b }, number) => [...sideParts('a', a, number), ...(b === null ? [] : sideParts('b', b, number))],
    decode: (value, sourceOf) => {
      const a = readSide('a', value, sourceOf);
      return a === null ? null : { view: 'compare', a, b: readSide('b', value, sourceOf) };
    },
  },
  plan: {
    inputs: () => 'all',
    encode: ({ vm, source }, number) => [
      ...(vm === null ? [] : [['vm', `${vm}`] as const]),
      ...(source === null ? [] : [['host', number(source)] as const]),
    ],
    decode: (value, sourceOf) => ({ view: 'plan', vm: wholeNumber(value('vm')), source: sourceOf(value('host')) }),
  },
};

function codecOf<V extends Place['view']>(view: V): PlaceCodec<Extract<Place, { view: V }>> {
  return CODECS[view];
}

/** The ids of the sources that a place shows; `all` of the page. */
export function inputsOf(place: Place): readonly string[] | 'all' {
  return codecOf(place.view).inputs(place as never);
}

/** The parts of a place, its view first. */
export function placeParts(place: Place, number: (source: string) => string): LinkParts {
  return [['view', place.view], ...codecOf(place.view).encode(place as never, number)];
}

/** The place that parts name, its inputs taken from `sources`, ids in the order of the link; null where they name none. */
export function readPlace(parts: LinkParts, sources: readonly string[]): Place | null {
  const value = (key: string): string | null => valuesOf(parts, key)[0] ?? null;
  const view = value('view');
  if (view === null || !Object.hasOwn(CODECS, view)) return null;
  return CODECS[view as Place['view']].decode(value, number => {
    const at = wholeNumber(number);
    return at === null ? null : (sources[at - 1] ?? null);
  });
}
