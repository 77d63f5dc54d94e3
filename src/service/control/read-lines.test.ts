import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LineError, readLines } from './read-lines.ts';

async function* chunksOf(chunks: readonly (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
}

async function linesOf(chunks: readonly (string | Uint8Array)[], most = 8): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of readLines(chunksOf(chunks), most)) lines.push(line);
  return lines;
}

/** Eight bytes are the most that a line may have. */
const VALID: readonly (readonly [what: string, chunks: readonly string[], lines: readonly string[]])[] = [
  ['nothing', [], []],
  ['lines of one chunk', ['a\nbc\n'], ['a', 'bc']],
  ['empty lines', ['\n', '\n\n'], ['', '', '']],
  ['a line in pieces', ['a', 'b', '', 'c\nd', '\n'], ['abc', 'd']],
  ['a line of the most bytes', ['1234567\n', '123', '4567', '\n'], ['1234567', '1234567']],
  ['no last line without its end', ['a\nb'], ['a']],
  [
    'a line in more pieces than are kept',
    Array(1000)
      .fill('')
      .concat([...'abcdefg', '\n']),
    ['abcdefg'],
  ],
];

for (const [what, chunks, lines] of VALID) {
  test(`readLines gives ${what}`, async () => assert.deepEqual(await linesOf(chunks), lines));
}

test('readLines puts a line together from a thousand pieces', async () => {
  assert.deepEqual(await linesOf([...'x'.repeat(1000), '\n'], 1001), ['x'.repeat(1000)]);
});

test('readLines puts a character together from its bytes', async () => {
  const bytes = Buffer.from('é\n');
  assert.deepEqual(await linesOf([bytes.subarray(0, 1), bytes.subarray(1)]), ['é']);
});

const INVALID: readonly (readonly [what: string, chunks: readonly (string | Uint8Array)[], words: RegExp])[] = [
  ['a line of one byte more', ['12345678\n'], /^a line has more than 8 bytes$/],
  ['such a line in pieces', ['1234', '5678', '\n'], /^a line has more than 8 bytes$/],
  ['a line without end as soon as it is too long', ['12345678'], /^a line has more than 8 bytes$/],
  ['bytes that are no UTF-8', [Uint8Array.of(0xc3, 0x0a)], /^a line is no UTF-8$/],
];

for (const [what, chunks, words] of INVALID) {
  test(`readLines refuses ${what}`, async () => {
    await assert.rejects(linesOf(chunks), (error: unknown) => error instanceof LineError && words.test(error.message));
  });
}

test('readLines gives the lines before the one that it refuses', async () => {
  const lines = readLines(chunksOf(['a\n123456789']), 8);
  assert.deepEqual(await lines.next(), { value: 'a', done: false });
  await assert.rejects(lines.next(), LineError);
});
