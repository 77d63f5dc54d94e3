/** What-if questions in links: a part for each that is asked, called as the command line's option. */
import { prepareRequest } from '../../pure/guest-view/index.ts';
import { isProfileName } from '../../pure/profiles/index.ts';
import { PLACEMENTS } from '../../pure/rules/realize-input.ts';
import { type LinkParts, valuesOf } from './link-text.ts';
import { type KernelAnswer, NOTHING_CHANGED, requestOf, type WhatIf } from './what-if.ts';

/** How one part of a question stands in a link; `decode` gives null for text that does not fit. */
interface PartCodec<T> {
  readonly key: string;
  encode(value: T): readonly string[];
  decode(texts: readonly [string, ...string[]]): T | null;
}

function choice<T extends string>(key: string, values: readonly T[]): PartCodec<T | null> {
  return { key, encode: value => (value === null ? [] : [value]), decode: ([text]) => values.find(known => known === text) ?? null };
}

const ANSWERS: readonly KernelAnswer[] = ['host', 'supported', 'unsupported', 'unreported'];

const CODECS: { readonly [K in keyof WhatIf]: PartCodec<WhatIf[K]> } = {
  profile: {
    key: 'profile',
    encode: value => (value === null ? [] : [value]),
    decode: ([text]) => (isProfileName(text) ? text : null),
  },
  machine: { key: 'machine', encode: value => (value === null ? [] : [value]), decode: ([text]) => text },
  ats: choice('ats', ['on', 'off', 'auto']),
  kernelAnswer: {
    key: 'kernel-answer',
    encode: value => (value === 'host' ? [] : [value]),
    decode: ([text]) => ANSWERS.find(known => known === text) ?? null,
  },
  backend: choice('backend', ['iommufd', 'legacy']),
  placement: choice('placement', PLACEMENTS),
  viommuPasid: { key: 'viommu-pasid', encode: value => (value ? ['on'] : []), decode: ([text]) => text === 'on' },
  properties: {
    key: 'p',
    encode: value => value.map(({ name, value }) => `${name}=${value}`),
    decode: texts => {
      const pairs = texts.map(text => /^([^=]+)=(.*)$/s.exec(text));
      return pairs.flatMap(pair => (pair === null ? [] : [{ name: pair[1] ?? '', value: pair[2] ?? '' }]));
    },
  },
};

function partsOfOne<K extends keyof WhatIf>(name: K, question: WhatIf): LinkParts {
  const codec: PartCodec<WhatIf[K]> = CODECS[name];
  return codec.encode(question[name]).map(text => [codec.key, text] as const);
}

const NAMES = Object.keys(CODECS) as (keyof WhatIf)[];

/** The parts of what differs from {@link NOTHING_CHANGED}. */
export function whatIfParts(question: WhatIf): LinkParts {
  return NAMES.flatMap(name => partsOfOne(name, question));
}

function read<K extends keyof WhatIf>(name: K, parts: LinkParts): WhatIf[K] {
  const codec: PartCodec<WhatIf[K]> = CODECS[name];
  const [first, ...more] = valuesOf(parts, codec.key);
  return (first === undefined ? null : codec.decode([first, ...more])) ?? NOTHING_CHANGED[name];
}

/** A question of a link, and why it cannot be asked; null where it can. */
export interface ReadWhatIf {
  readonly question: WhatIf;
  readonly why: string | null;
}

/** Reads any parts. A question that no device could be asked is {@link NOTHING_CHANGED}, with the reason. */
export function readWhatIf(parts: LinkParts): ReadWhatIf {
  const question = Object.fromEntries(NAMES.map(name => [name, read(name, parts)])) as unknown as WhatIf;
  try {
    prepareRequest(requestOf(question));
    return { question, why: null };
  } catch (error) {
    return { question: NOTHING_CHANGED, why: error instanceof Error ? error.message : String(error) };
  }
}
