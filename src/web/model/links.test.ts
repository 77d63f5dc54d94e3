import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { arbitraryWhatIf, askableWhatIf } from '../../../test/fixtures/arbitrary-what-if.ts';
import { assertShareAtLeast } from '../../../test/fixtures/share-of-runs.ts';
import { decodeLinkData, encodeLinkData, LinkDataError, type LinkedInput } from './link-data.ts';
import { formatLink, formatWanted, MOST_LINK_CHARACTERS, parseLink, parseWanted } from './link-text.ts';
import type { Place } from './place.ts';
import { inputsOf, placeParts, readPlace } from './place-link.ts';
import { NOTHING_CHANGED } from './what-if.ts';
import { readWhatIf, whatIfParts } from './what-if-link.ts';

const RUNS = 1000;

/** Text that has a form in UTF-8. */
const text = fc.string({ unit: 'binary', maxLength: 12 });

const SOURCES = ['i1', 'i2', 'i3'];
const source = fc.constantFrom(...SOURCES);
const device = fc.nat({ max: 9_999_999 });

const side = fc.record({
  source,
  device: fc.option(device),
  asked: fc.option(askableWhatIf.filter(question => readWhatIf(whatIfParts(question)).why === null)),
});

const places: fc.Arbitrary<Place> = fc.oneof(
  fc.constant({ view: 'start' } as const),
  fc.record({ view: fc.constant('host' as const), source }),
  fc.record({ view: fc.constant('device' as const), source, device }),
  fc.record({ view: fc.constant('compare' as const), a: side, b: fc.option(side) }),
  fc.record({ view: fc.constant('plan' as const), vm: fc.option(device), source: fc.option(source) }),
);

describe('formatLink', () => {
  test('formatLink and parseLink are each other’s inverse', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(text, text), { maxLength: 8 }), parts => {
        assert.deepEqual(parseLink(`#${formatLink(parts)}`), { kind: 'link', parts });
      }),
      { numRuns: RUNS },
    );
  });

  test('formatLink leaves readable what is, and a browser takes it as it is', () => {
    const link = formatLink([
      ['view', 'device'],
      ['input', 'a b&c.json:0123abcd'],
      ['p', 'x-a=<1>"'],
    ]);
    assert.equal(link, 'airlock=1&view=device&input=a%20b%26c.json:0123abcd&p=x-a%3D%3C1%3E%22');
    assert.equal(new URL(`http://a/#${link}`).hash, `#${link}`);
  });

  test('formatLink writes halves of characters as what they cannot be', () => {
    assert.deepEqual(parseLink(formatLink([['a', '\ud800']])), { kind: 'link', parts: [['a', '\ufffd']] });
  });
});

describe('parseLink', () => {
  test('parseLink takes any text, and calls few of them links', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), any => {
        assert.ok(['none', 'other-version', 'link'].includes(parseLink(any).kind));
        const link = parseLink(`airlock=1&${any}`);
        assert.equal(link.kind, 'link');
        if (link.kind === 'link') {
          readWhatIf(link.parts);
          readPlace(link.parts, SOURCES);
        }
      }),
      { numRuns: RUNS },
    );
  });

  test('parseLink takes what programs make of links, and nothing that is too long', () => {
    assert.deepEqual(parseLink('#airlock=1&amp;view=start'), { kind: 'link', parts: [['view', 'start']] });
    assert.deepEqual(parseLink('#airlock=1&view=%zz&x&ats=on'), { kind: 'link', parts: [['ats', 'on']] });
    assert.deepEqual(parseLink('#airlock=2&view=start'), { kind: 'other-version', version: '2' });
    assert.deepEqual(parseLink('#take-away'), { kind: 'none' });
    assert.deepEqual(parseLink(`#airlock=1&${'a'.repeat(MOST_LINK_CHARACTERS)}`), { kind: 'none' });
  });

  test('parseWanted reads what formatWanted writes, whatever the name is', () => {
    fc.assert(
      fc.property(text, name => {
        assert.deepEqual(parseWanted(formatWanted({ name, content: '0123abcd' })), { name, content: '0123abcd' });
      }),
    );
    assert.equal(parseWanted('a:0123abcg'), null);
  });
});

describe('placeParts', () => {
  test('readPlace reads what placeParts writes, of every view', () => {
    const views = new Set<string>();
    fc.assert(
      fc.property(
        places.map(place => structuredClone(place)),
        place => {
          views.add(place.view);
          const wanted = inputsOf(place);
          const order = wanted === 'all' ? SOURCES : wanted;
          const link = formatLink(placeParts(place, id => `${order.indexOf(id) + 1}`));
          const parsed = parseLink(link);
          assert.ok(parsed.kind === 'link');
          assert.deepEqual(readPlace(parsed.parts, order), place);
        },
      ),
      { numRuns: RUNS },
    );
    assert.deepEqual([...views].sort(), ['compare', 'device', 'host', 'plan', 'start']);
  });

  test('readPlace is null for what names no place', () => {
    for (const link of ['view=device', 'view=toString', 'view=device&device=-1', 'device=1', 'view=compare&a=9.1'])
      assert.equal(readPlace([...new URLSearchParams(link)], ['i1']), null, link);
  });
});

describe('whatIfParts', () => {
  test('readWhatIf reads what whatIfParts writes, or says why it cannot be asked', () => {
    let asked = 0;
    fc.assert(
      fc.property(fc.oneof(askableWhatIf, arbitraryWhatIf), question => {
        const parsed = parseLink(formatLink(whatIfParts(question)));
        assert.ok(parsed.kind === 'link');
        const read = readWhatIf(parsed.parts);
        if (read.why === null) {
          asked++;
          assert.deepEqual(read.question, question);
        } else {
          assert.deepEqual(read.question, NOTHING_CHANGED);
          assert.notEqual(read.why, '');
        }
      }),
      { numRuns: RUNS },
    );
    assertShareAtLeast(asked, RUNS, 0.1, 'questions could be asked');
  });

  test('whatIfParts of nothing changed is nothing', () => assert.deepEqual(whatIfParts(NOTHING_CHANGED), []));
});

const inputs: fc.Arbitrary<readonly LinkedInput[]> = fc.array(
  fc.record({ kind: fc.constantFrom('input' as const, 'definition' as const), name: text, bytes: fc.uint8Array({ maxLength: 300 }) }),
  { maxLength: 3 },
);

describe('encodeLinkData', () => {
  test('decodeLinkData gives back the inputs, and refuses them cut or changed or says what else they are', async () => {
    await fc.assert(
      fc.asyncProperty(inputs, fc.nat(), async (given, seed) => {
        const data = await encodeLinkData(given);
        assert.match(data, /^[\w-]+$/);
        const read = await decodeLinkData(data);
        assert.deepEqual(
          read.map(({ kind, name, bytes }) => ({ kind, name, bytes: [...bytes] })),
          given.map(({ kind, name, bytes }) => ({ kind, name, bytes: [...bytes] })),
        );
        await assert.rejects(decodeLinkData(data.slice(0, seed % data.length)), LinkDataError);
      }),
      { numRuns: 100 },
    );
  });

  test('decodeLinkData takes any text, and throws one kind of error', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string(), fc.base64String()), async any => {
        await decodeLinkData(any).then(
          () => assert.fail('it was read'),
          error => assert.ok(error instanceof LinkDataError, String(error)),
        );
      }),
      { numRuns: 200 },
    );
  });

  test('decodeLinkData does not unpack without bound', async () => {
    const bomb = await encodeLinkData([{ kind: 'input', name: 'a', bytes: new Uint8Array(65 * 1024 * 1024) }]);
    assert.ok(bomb.length < 200_000);
    await assert.rejects(decodeLinkData(bomb), /unpacks to more than/);
  });
});
