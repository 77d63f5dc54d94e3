import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exampleModule, examplesOfDocument, examplesOfSource, hasModuleExample } from './doc-examples.ts';

const SOURCE = `/**
 * Sums.
 *
 * @module vfio-airlock/sums
 * @example
 * \`\`\`ts
 * const sum = 1 + 1; // → 2
 * \`\`\`
 */
export * from './sum.ts';

/**
 * Halves.
 *
 * @example
 * \`\`\`ts
 * half(4); // → 2
 * half('x'); // → throws TypeError
 * \`\`\`
 */
`;

test('examplesOfSource finds the blocks behind @example, with the lines that they stand in', () => {
  assert.deepEqual(examplesOfSource('a.ts', SOURCE), [
    { path: 'a.ts', line: 7, code: 'const sum = 1 + 1; // → 2' },
    { path: 'a.ts', line: 17, code: "half(4); // → 2\nhalf('x'); // → throws TypeError" },
  ]);
  assert.deepEqual(examplesOfSource('a.ts', '/** None. */\n'), []);
});

test('examplesOfSource refuses an @example without a block of ts, and a block without an end', () => {
  assert.throws(() => examplesOfSource('a.ts', '/**\n * @example\n * half(4)\n */'), {
    message: 'a.ts: an @example has no block of ts behind it',
  });
  assert.throws(() => examplesOfSource('a.ts', '/**\n * @example\n * ```ts\n */'), { message: 'a.ts:3: the example has no end' });
});

test('examplesOfDocument finds every block of ts and no other', () => {
  const text = '# A\n\n```sh\nnpm ci\n```\n\n```ts\nf(1); // → 2\n```\n';
  assert.deepEqual(examplesOfDocument('README.md', text), [{ path: 'README.md', line: 8, code: 'f(1); // → 2' }]);
});

test('hasModuleExample asks for both tags in the first comment', () => {
  assert.equal(hasModuleExample(SOURCE), true);
  assert.equal(hasModuleExample(SOURCE.replace(' * @module vfio-airlock/sums\n', '')), false);
  assert.equal(hasModuleExample(`/** Sums. */\n${SOURCE}`), false);
});

test('exampleModule checks values, declared values and errors, and keeps the numbers of the lines', () => {
  const code = "const a: number = f(1); // → 2\n  g(a) // → { b: 3n }\n\nf('x'); // → throws TypeError\nh(a); // plain";
  assert.deepEqual(exampleModule({ path: 'a.ts', line: 3, code }).split('\n'), [
    "import * as airlock from './checks.ts';",
    '',
    "const a: number = f(1); airlock.is(a, 2, 'a.ts:3');",
    "  airlock.is(g(a), { b: 3n }, 'a.ts:4');",
    '',
    "await airlock.throws(async () => { f('x'); }, 'TypeError', 'a.ts:6');",
    'h(a); // plain',
    '',
  ]);
});

test('exampleModule refuses an example that states no result', () => {
  const message = 'a.ts:3: the example states no result: wanted "// → VALUE" behind a line, or an assert';
  assert.throws(() => exampleModule({ path: 'a.ts', line: 3, code: 'f(1); // 2' }), { name: 'RangeError', message });
  assert.match(exampleModule({ path: 'a.ts', line: 3, code: 'assert.equal(f(1), 2);' }), /assert\.equal/);
});
