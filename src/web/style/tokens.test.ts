import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';

const css = readFileSync(new URL('tokens.css', import.meta.url), 'utf8');

/** Colours by name, `[light, dark]`. */
const colours = new Map(
  [...css.matchAll(/--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);/g)].map(([, name = '', light = '', dark = '']) => [
    name,
    [light, dark] as const,
  ]),
);

/** Relative luminance, WCAG 2.2. */
function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map(at => {
    const value = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** From 1 to 21. */
function contrast(one: string, other: string): number {
  const [light = 0, dark = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

const PLAIN_GROUNDS = ['ground', 'raised', 'sunken'];
const MEANINGS = ['shown', 'changed', 'hidden', 'added', 'unknown'];
const MEANING_GROUNDS = MEANINGS.map(name => `${name}-ground`);

/** What stands on what, and the least contrast: 4.5 for text (WCAG 1.4.3), 3 for what is no text (1.4.11). */
const PAIRS: readonly (readonly [string, readonly string[], number])[] = [
  ['ink', [...PLAIN_GROUNDS, ...MEANING_GROUNDS], 4.5],
  ['ink-soft', [...PLAIN_GROUNDS, ...MEANING_GROUNDS], 4.5],
  ['link', [...PLAIN_GROUNDS, 'added-ground'], 4.5],
  ['link-strong', PLAIN_GROUNDS, 4.5],
  ['focus', PLAIN_GROUNDS, 3],
  ['line-strong', PLAIN_GROUNDS, 3],
  ...MEANINGS.map(name => [name, [...PLAIN_GROUNDS, `${name}-ground`], 4.5] as const),
];

/** Lines between rows, which tell nothing that the rows do not. */
const WITHOUT_PAIR = ['line'];

describe('tokens.css', () => {
  test('contrast is that of known pairs', () => {
    assert.equal(contrast('#000000', '#ffffff'), 21);
    assert.ok(Math.abs(contrast('#777777', '#ffffff') - 4.48) < 0.01);
  });

  for (const [name, grounds, least] of PAIRS)
    for (const ground of grounds)
      for (const [i, theme] of ['light', 'dark'].entries())
        test(`${name} on ${ground} has ${least}:1, ${theme}`, () => {
          const [ink, under] = [colours.get(name)?.[i], colours.get(ground)?.[i]];
          assert.ok(ink !== undefined && under !== undefined, `${name} or ${ground} is not in tokens.css`);
          assert.ok(contrast(ink, under) >= least, `${ink} on ${under} has ${contrast(ink, under).toFixed(2)}:1`);
        });

  test('every colour is in a pair', () => {
    const paired = new Set([...PAIRS.flatMap(([name, grounds]) => [name, ...grounds]), ...WITHOUT_PAIR]);
    assert.deepEqual(
      [...colours.keys()].filter(name => !paired.has(name)),
      [],
    );
    assert.equal((css.match(/#[0-9a-f]{3,8}\b/gi) ?? []).length, 2 * colours.size);
  });
});
